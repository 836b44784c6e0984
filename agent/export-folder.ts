// The store's frames as a picture folder with a labels file, as the existing tools read them.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type FrameRecord, fileNameOf } from "../device/frame.ts";
import { formatImageId } from "../device/image-id.ts";
import type { LabelDocument } from "../device/label.ts";
import { type SupersededLabel, writeLabelsFile } from "../device/labels-file.ts";
import { replaceFile } from "../device/replace-file.ts";
import type { RunRecord } from "../device/run.ts";
import type { Store } from "../device/store/store.ts";

export type ExportResult = {
  /** Pictures written now. */
  readonly pictures: number;
  /** Pictures whose file was there already. */
  readonly alreadyThere: number;
  /** Frames whose picture could not be read from the store. */
  readonly unreadable: readonly string[];
  readonly labels: number;
  /** null: no label, so no file. */
  readonly labelsFile: string | null;
  readonly superseded: readonly SupersededLabel[];
};

export type ExportOptions = {
  readonly store: Store;
  readonly directory: string;
  /** Which frames; erased ones never go. */
  readonly frames: Iterable<FrameRecord>;
  /** Names the labels file, µs since 1970 UTC. */
  readonly wallUs: number;
  readonly signal: AbortSignal;
};

/** Writes pictures, then the labels file: a file that lists a picture is never there before it. */
export async function exportFolder({
  store,
  directory,
  frames,
  wallUs,
  signal,
}: ExportOptions): Promise<ExportResult> {
  mkdirSync(directory, { recursive: true });
  const documents: LabelDocument[] = [];
  const unreadable: string[] = [];
  let pictures = 0;
  let alreadyThere = 0;
  for (const frame of frames) {
    signal.throwIfAborted();
    if (frame.erasedAtUs !== null) continue;
    const path = join(directory, fileNameOf(frame.imgId, frame.mediaType));
    if (existsSync(path)) alreadyThere += 1;
    else {
      const bytes = store.frames.picture(frame.imgId);
      if (bytes === null) {
        unreadable.push(frame.imgId);
        continue;
      }
      replaceFile(path, bytes);
      pictures += 1;
      // Gamepad and camera go on while a long run is written.
      if (pictures % 16 === 0) await nextTurn();
    }
    documents.push(...store.labels.ofFrame(frame.imgId));
  }
  const written = documents.length === 0 ? null : writeLabelsFile(directory, documents, wallUs);
  return {
    pictures,
    alreadyThere,
    unreadable,
    labels: documents.length,
    labelsFile: written?.path ?? null,
    superseded: written?.superseded ?? [],
  };
}

/** Frames of one run, in order of time. */
export function* framesOfRun(store: Store, run: RunRecord): Iterable<FrameRecord> {
  // The wall clock may have stepped within the run, so the bounds are generous and the run id decides.
  const start = formatImageId(run.startedAt.wallUs - clockStepUs);
  const end = run.endedAt === null ? undefined : formatImageId(run.endedAt.wallUs + clockStepUs);
  for (const frame of store.frames.range(end === undefined ? { start } : { start, end })) {
    if (frame.run === run.id) yield frame;
  }
}

const clockStepUs = 60_000_000;
