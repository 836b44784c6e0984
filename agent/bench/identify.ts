// Measures the way of a data set from its folder to an answer: ingested, embedded, and asked who is on pictures of known and unknown animals.
import { join } from "node:path";
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import { openStore, type Store } from "../../device/store/store.ts";
import type { Describer } from "../../models/vision.ts";
import { parseConfig } from "../config.ts";
import { embedMissing } from "../embed.ts";
import { storeFolder } from "../folders.ts";
import { identifyPictures, type PictureAnswer } from "../identify/identify.ts";
import { openDescribers } from "../identify/open-describers.ts";
import { openIdentifier } from "../identify/open-identifier.ts";
import { ingestIntoStore } from "../ingest/ingest-into-store.ts";
import { openCatalog } from "../models/open-catalog.ts";
import { withVision } from "../models/with-vision.ts";
import { drawDataset, type QueryPicture } from "./draw-dataset.ts";

export type IdentifyBenchOptions = {
  readonly work: string;
  readonly frames: number;
  readonly animals: number;
  readonly seed: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
};

export type IdentifyBench = {
  /** The data set. */
  readonly individuals: number;
  readonly pictures: number;
  readonly threshold: number;
  /** Pictures of animals in the data set, from a visit that is not in it. */
  readonly known: {
    readonly asked: number;
    readonly right: number;
    readonly wrong: number;
    readonly new: number;
  };
  /** Of those: the best match is the right one, whatever the threshold says. */
  readonly rank1: number;
  /** Pictures of animals that are not in it. */
  readonly unknown: { readonly asked: number; readonly wrong: number; readonly new: number };
};

export async function runIdentifyBench(options: IdentifyBenchOptions): Promise<IdentifyBench> {
  const { work, clock, log, signal } = options;
  const path = join(work, "ATRW");
  const { pictures, queries } = await drawDataset({ ...options, folder: path });
  const config = parseConfig({ data: join(work, "data") }, "bench");
  const ingested = await ingestIntoStore({
    config,
    datasets: [{ name: "atrw", path, format: "atrw" }],
    dryRun: false,
    force: false,
    clock,
    log,
    onWarning: (sentence) => log.warn({}, sentence),
    onProgress: () => undefined,
    signal,
  });
  const store = openStore({ directory: storeFolder(config.data), clock, log });
  try {
    const answers = await withVision(config.models, { log, clock }, async (vision) => {
      const describers = await openDescribers(vision, {
        catalog: openCatalog(config),
        embedder: config.watch.embedder,
      });
      const rest = { limit: null, dryRun: false, clock, log, onProgress: () => undefined, signal };
      await embedMissing({ store, describers, ...rest });
      return await ask(store, queries, { ...options, describers, settings: config.individuals });
    });
    return {
      individuals: ingested.stats.tigers_created,
      pictures,
      threshold: config.individuals.threshold,
      ...judge(queries, answers),
    };
  } finally {
    await store.close();
  }
}

async function ask(
  store: Store,
  queries: readonly QueryPicture[],
  given: Pick<IdentifyBenchOptions, "clock" | "log" | "signal"> & {
    readonly describers: readonly Describer[];
    readonly settings: Parameters<typeof openIdentifier>[0]["settings"];
  },
): Promise<readonly PictureAnswer[]> {
  const identifier = await openIdentifier({ store, ...given });
  try {
    const paths = queries.map(({ path }) => path);
    const options = { store, identifier, detector: null, save: false, signal: given.signal };
    return (await identifyPictures(paths, { ...options, nowUs: () => given.clock.now().wallUs })).results;
  } finally {
    await identifier.close();
  }
}

function judge(
  queries: readonly QueryPicture[],
  answers: readonly PictureAnswer[],
): Pick<IdentifyBench, "known" | "unknown" | "rank1"> {
  const known = { asked: 0, right: 0, wrong: 0, new: 0 };
  const unknown = { asked: 0, wrong: 0, new: 0 };
  let first = 0;
  for (const { path, identity, isKnown } of queries) {
    const answer = answers.find(({ picture }) => picture === path);
    if (answer === undefined) throw new Error(`Expected an answer about ${path}, got none`);
    const name = `ATRW Tiger ${identity}`;
    const group = isKnown ? known : unknown;
    group.asked += 1;
    if (isKnown && answer.matches[0]?.individual_name === name) first += 1;
    if (!answer.identified) group.new += 1;
    else if (isKnown && answer.individual_name === name) known.right += 1;
    else group.wrong += 1;
  }
  return { known, unknown, rank1: first / Math.max(1, known.asked) };
}

/** The figures for a person. */
export function describeIdentifyBench({
  individuals,
  pictures,
  threshold,
  known,
  rank1,
  unknown,
}: IdentifyBench): string {
  const share = (part: number, whole: number): string =>
    `${part} (${((100 * part) / Math.max(1, whole)).toFixed(0)} %)`;
  return [
    `a data set in the layout of ATRW: ${individuals} individuals, ${pictures} pictures; threshold ${threshold}`,
    `known animals, another visit: ${known.asked} asked, right ${share(known.right, known.asked)}, another one ${share(known.wrong, known.asked)}, "new individual" ${share(known.new, known.asked)}; rank-1 ${rank1.toFixed(2)}`,
    `unknown animals: ${unknown.asked} asked, "new individual" ${share(unknown.new, unknown.asked)}, taken for a known one ${share(unknown.wrong, unknown.asked)}`,
  ].join("\n");
}
