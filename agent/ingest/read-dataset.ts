// One data set into a store: what its source finds is compared with what is known, read where it has to be, and put in.
import type { Clock } from "../../device/clock.ts";
import type { Source, SourcePicture } from "../../sync/sources/source.ts";
import { isUnchanged, originKey } from "./origin-key.ts";
import { type PictureReader, UnreadablePicture } from "./picture-reader.ts";
import { type Ground, placePicture } from "./place.ts";
import type { Tally } from "./tally.ts";

export type ReadDatasetOptions = {
  readonly store: Ground;
  /** Runs a write; resolves when it is kept. */
  readonly commit: <T>(write: () => T, bytes: number) => Promise<T>;
  readonly reader: PictureReader;
  readonly source: Source;
  readonly dataset: string;
  /** Absolute. */
  readonly directory: string;
  /** true: pictures are read again, whether they changed or not. */
  readonly force: boolean;
  /** Asked before each picture that has to be read. @throws when the store has no room for it. */
  readonly assertRoom: () => void;
  /** Pictures on their way from file to store at once. */
  readonly inFlight: number;
  readonly tally: Tally;
  readonly clock: Pick<Clock, "now">;
  readonly onProblem: (what: string, reason: string) => void;
  readonly onProgress: () => void;
  readonly signal: AbortSignal;
};

/** Bytes of picture files on their way at once: with their pixels some ten times as much. */
const inFlightBytes = 64 * 1024 * 1024;
/** Pictures passed over before others have their turn. */
const passedAtOnce = 64;

/**
 * Reads the whole set. What was committed stays when the signal aborts; the next run goes on from there.
 * @returns why there was nothing in it; null: there was something. @throws what the store throws; the signal's reason.
 */
export async function readDataset(
  options: ReadDatasetOptions,
): Promise<{ reason: string; warning: string } | null> {
  const { store, source, dataset, directory, force, tally, signal } = options;
  const underWay = createUnderWay(options.inFlight);
  let nothing: { reason: string; warning: string } | null = null;
  try {
    let passed = 0;
    for await (const finding of source.read(directory, { dataset, signal })) {
      signal.throwIfAborted();
      options.onProgress();
      if (finding.found === "picture") tally.found(finding);
      if (finding.found === "nothing") nothing = finding;
      else if (finding.found === "skipped") {
        tally.problem(finding, "listed");
        options.onProblem(finding.what, finding.reason);
      } else if (!force && isUnchanged(store.seen.origins.get(originKey(finding.path)), finding)) {
        tally.unchanged();
        passed += 1;
        // An unchanged set is passed in one breath otherwise, and a camera is waiting.
        if (passed % passedAtOnce === 0) await new Promise((resolve) => setImmediate(resolve));
      } else {
        options.assertRoom();
        await underWay.room(finding.size);
        underWay.start(readOne(finding, options), finding.size);
      }
    }
  } finally {
    await underWay.end();
  }
  return nothing;
}

async function readOne(picture: SourcePicture, options: ReadDatasetOptions): Promise<void> {
  const { store, commit, reader, dataset, tally, clock, signal } = options;
  try {
    signal.throwIfAborted();
    const read = await reader.read(picture.path);
    const placed = await commit(
      () => placePicture(picture, read, { store, dataset, nowUs: clock.now().wallUs }),
      read.bytes.byteLength,
    );
    tally.placed(placed);
  } catch (cause) {
    if (!(cause instanceof UnreadablePicture)) throw cause;
    tally.problem({ what: picture.relativePath, reason: cause.message }, cause.reason);
    options.onProblem(picture.relativePath, `${cause.reason}: ${cause.message}`);
  }
  options.onProgress();
}

/** Work that goes on beside the loop, bounded in number and bytes. The first failure is thrown at the next turn, or at the end. */
function createUnderWay(most: number) {
  const running = new Set<Promise<void>>();
  let bytes = 0;
  let failure: { readonly cause: unknown } | null = null;
  const check = (): void => {
    if (failure !== null) throw failure.cause;
  };
  return {
    room: async (wanted: number): Promise<void> => {
      check();
      while (running.size >= most || (running.size > 0 && bytes + wanted > inFlightBytes)) {
        await Promise.race(running);
        check();
      }
    },
    start: (work: Promise<void>, size: number): void => {
      bytes += size;
      const entry = work
        .catch((cause: unknown) => {
          failure ??= { cause };
        })
        .finally(() => {
          bytes -= size;
          running.delete(entry);
        });
      running.add(entry);
    },
    end: async (): Promise<void> => {
      await Promise.all(running);
      check();
    },
  };
}
