// Describes sightings that have no vector yet in the wanted spaces, so that they can be recognised. What is done is committed as it
// goes: ended at any moment, even by kill -9, the next run does what is left.
import type { Clock } from "../device/clock.ts";
import type { Log } from "../device/log.ts";
import type { SightingRecord } from "../device/sighting.ts";
import type { Store } from "../device/store/store.ts";
import { decodePicture, PictureError } from "../models/picture.ts";
import { type Describer, ModelError } from "../models/vision.ts";
import { inParallel } from "./in-parallel.ts";

export type EmbedProgress = {
  readonly done: number;
  readonly total: number;
  /** Sightings a second so far. */
  readonly perSecond: number;
  /** null: too early to say. */
  readonly secondsLeft: number | null;
};

export type EmbedOptions = {
  readonly store: Store;
  readonly describers: readonly Describer[];
  /** Sightings described at most; null: all. */
  readonly limit: number | null;
  readonly dryRun: boolean;
  readonly clock: Pick<Clock, "monotonicNs">;
  readonly log: Log;
  readonly onProgress: (progress: EmbedProgress) => void;
  readonly signal: AbortSignal;
};

export type EmbedResult = {
  readonly dry_run: boolean;
  /** Sightings that lacked a vector when it began. */
  readonly missing: number;
  /** Of those: described now (in a dry run: that would be). */
  readonly described: number;
  /** Vectors written, by space. */
  readonly vectors: Readonly<Record<string, number>>;
  readonly failed: number;
  /** The first thousand. */
  readonly problems: readonly { readonly sighting: string; readonly what: string; readonly reason: string }[];
  readonly stopped: boolean;
  readonly per_second: number;
};

/** The sightings of one frame that lack something. */
type Task = { readonly imgId: string; readonly sightings: readonly string[] };

/** Frames decoded ahead of the models. */
const inFlight = 6;
const mostNamed = 1000;
/** A model that refuses so many crops in a row refuses all. */
const refusalsInARow = 20;

/** @throws ModelError when a model describes nothing at all; what the store throws. */
export async function embedMissing(options: EmbedOptions): Promise<EmbedResult> {
  const { store, describers, dryRun, log, clock, signal } = options;
  const { tasks, total } = findMissing(options);
  const startedNs = clock.monotonicNs();
  const vectors: Record<string, number> = Object.fromEntries(describers.map(({ space }) => [space, 0]));
  const problems: EmbedResult["problems"][number][] = [];
  let described = 0;
  let failed = 0;
  let refusals = 0;
  const perSecond = (): number => described / Math.max(1e-9, (clock.monotonicNs() - startedNs) / 1e9);

  const fail = (sightings: readonly SightingRecord[], cause: Error): void => {
    failed += sightings.length;
    for (const { id, imgId, metadata } of sightings) {
      const what = typeof metadata.source_path === "string" ? metadata.source_path : imgId;
      if (problems.length < mostNamed) problems.push({ sighting: id, what, reason: cause.message });
      log.warn({ sighting: id, what, reason: cause.message }, "not described");
    }
  };
  const work = async ({ imgId, sightings: ids }: Task): Promise<void> => {
    const sightings = ids.flatMap((id) => store.sightings.get(id) ?? []);
    if (dryRun) {
      described += sightings.length;
      return;
    }
    try {
      const made = await describeFrame(store, { imgId, sightings, describers, signal });
      await store.commit(
        () => {
          // One that was removed meanwhile needs none.
          for (const { id, space, vector } of made)
            if (store.sightings.get(id) !== null) store.sightings.embed(id, space, vector);
        },
        made.reduce((sum, { vector }) => sum + vector.byteLength, 0),
      );
      for (const { space } of made) vectors[space] = (vectors[space] ?? 0) + 1;
      described += sightings.length;
      refusals = 0;
    } catch (cause) {
      signal.throwIfAborted();
      if (!(cause instanceof PictureError || cause instanceof ModelError)) throw cause;
      if (cause instanceof ModelError) refusals += 1;
      fail(sightings, cause);
      if (refusals >= refusalsInARow && described === 0) throw cause;
    }
    const left = total - described - failed;
    const rate = perSecond();
    options.onProgress({
      done: described + failed,
      total,
      perSecond: rate,
      secondsLeft: described === 0 ? null : left / rate,
    });
  };
  try {
    await inParallel(tasks, inFlight, signal, work);
  } catch (cause) {
    if (!signal.aborted) throw cause;
  }
  return {
    dry_run: dryRun,
    missing: total,
    described,
    vectors,
    failed,
    problems,
    stopped: signal.aborted,
    per_second: perSecond(),
  };
}

/** Sightings in order of their making, those of a frame together: a picture is decoded once for all that is on it. */
function findMissing({ store, describers, limit }: EmbedOptions): { tasks: readonly Task[]; total: number } {
  const byFrame = new Map<string, string[]>();
  let total = 0;
  for (const { id, imgId, state } of store.sightings.range()) {
    if (total === limit) break;
    // A rejected one answers for nobody.
    if (state === "rejected" || describers.every(({ space }) => store.sightings.has(id, space))) continue;
    const known = byFrame.get(imgId);
    if (known === undefined) byFrame.set(imgId, [id]);
    else known.push(id);
    total += 1;
  }
  return { tasks: [...byFrame].map(([imgId, sightings]) => ({ imgId, sightings })), total };
}

type Vector = { readonly id: string; readonly space: string; readonly vector: Float32Array };

/** @throws PictureError, ModelError */
async function describeFrame(
  store: Store,
  given: {
    readonly imgId: string;
    readonly sightings: readonly SightingRecord[];
    readonly describers: readonly Describer[];
    readonly signal: AbortSignal;
  },
): Promise<readonly Vector[]> {
  const bytes = store.frames.picture(given.imgId);
  if (bytes === null)
    throw new PictureError("empty", `Expected the picture of ${given.imgId}, but the store has it no more`);
  const picture = await decodePicture(bytes, { signal: given.signal });
  const made: Vector[] = [];
  for (const { space, describe } of given.describers) {
    const lacking = given.sightings.filter(({ id }) => !store.sightings.has(id, space));
    if (lacking.length === 0) continue;
    const vectors = await describe(
      picture,
      lacking.map(({ box }) => box),
      { signal: given.signal },
    );
    for (const [at, { id }] of lacking.entries()) made.push({ id, space, vector: vectors[at]! });
  }
  return made;
}

/** The result for a person. */
export function describeEmbed(result: EmbedResult): string {
  const { missing, described, failed, vectors, problems } = result;
  const shown = problems.slice(0, 20).map(({ what, reason }) => `  ${what}: ${reason}`);
  if (missing === 0) return "every sighting is described in every space";
  if (result.dry_run) return `${described} sightings lack a vector; nothing was written`;
  return [
    ...(shown.length === 0 ? [] : ["Not described:", ...shown]),
    ...(failed > shown.length && shown.length > 0 ? [`  … and ${failed - shown.length} more`] : []),
    ...Object.entries(vectors).map(([space, count]) => `${space}: ${count} vectors`),
    `described ${described} of ${missing} sightings (${result.per_second.toFixed(1)}/s), failed ${failed}${result.stopped ? "; stopped: run it again to go on" : ""}`,
  ].join("\n");
}
