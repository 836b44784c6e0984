// Opens an identifier: describes crops in every space, fuses the calibrated similarities, and asks the gallery of the store.
import type { Log } from "../../device/log.ts";
import type { Store } from "../../device/store/store.ts";
import { vectorProblem } from "../../device/vector.ts";
import { createFuse } from "../../models/fusion.ts";
import type { Candidate, Query } from "../../models/gallery.ts";
import { type Describer, ModelError } from "../../models/vision.ts";
import type { Config } from "../config.ts";
import { type Calibrations, fusionOf, openCalibrations } from "./calibrations.ts";
import type { Identification, Identifier, IdentifyOptions, Match } from "./identifier.ts";
import { openStoreGallery } from "./store-gallery.ts";

export type OpenIdentifierOptions = {
  /** A store that is open for reading will do. */
  readonly store: Pick<Store, "sightings" | "individuals" | "notes">;
  /** In the order of trust, best first; closed by whoever opened them. */
  readonly describers: readonly Describer[];
  readonly settings: Config["individuals"];
  /** Not given: those of the store, and the shipped ones behind them. */
  readonly calibrations?: Calibrations;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** Individuals kept of each crop, so that several crops can be combined. */
const keptCandidates = 50;

/** Resolves when the gallery is read. @throws when a stored calibration is not sound, or the signal aborts. */
export async function openIdentifier(options: OpenIdentifierOptions): Promise<Identifier> {
  const { store, describers, settings, log } = options;
  const calibrations = options.calibrations ?? openCalibrations(store.notes);
  const fuse = createFuse(
    fusionOf(
      describers.map(({ space }) => space),
      calibrations,
    ),
  );
  const { gallery, refresh, close } = await openStoreGallery({ ...options, spaces: describers });
  /** More matches of a crop than were asked for. */
  const wide = new WeakMap<Identification, readonly Match[]>();

  const matchOf = ({ individual, sighting, score, similarities }: Candidate): Match => ({
    individual,
    name: store.individuals.get(individual)?.name ?? individual,
    sighting,
    imgId: store.sightings.get(sighting)?.imgId ?? "",
    score,
    similarities,
  });
  const ask = async (
    vectors: Query,
    { signal, side, exclude, limit, threshold }: IdentifyOptions,
  ): Promise<Identification> => {
    const candidates = await gallery.searchInTurns(vectors, {
      fuse,
      mode: settings.mode,
      limit: Math.max(limit ?? settings.limit, keptCandidates),
      signal,
      ...(side === undefined ? {} : { side }),
      ...(exclude === undefined ? {} : { exclude }),
    });
    const matches = candidates.map(matchOf);
    const identification = { vectors, ...choose(matches, { limit, threshold }) };
    wide.set(identification, matches);
    return identification;
  };
  const choose = (
    matches: readonly Match[],
    { limit = settings.limit, threshold = settings.threshold }: Pick<IdentifyOptions, "limit" | "threshold">,
  ): Pick<Identification, "matches" | "best"> => ({
    matches: matches.slice(0, limit),
    best: matches.slice(0, 1).find(({ score }) => score >= threshold) ?? null,
  });

  return {
    identify: async (picture, boxes, identifyOptions) => {
      const described = await describeAll(describers, {
        picture,
        boxes,
        signal: identifyOptions.signal,
        log,
      });
      const answers: Identification[] = [];
      for (const vectors of described) {
        refresh();
        answers.push(await ask(vectors, identifyOptions));
      }
      return answers;
    },
    combine: (crops, combineOptions = {}) =>
      choose(combineMatches(crops.map((crop) => wide.get(crop) ?? crop.matches)), combineOptions),
    close: () => {
      close();
      return Promise.resolve();
    },
  };
}

/**
 * One answer of several crops: an individual's score is the mean of the better half of its scores. The mean of all would let a crop of
 * a tail decide, the best alone a lucky one. A crop that does not name an individual counts as 0 for it.
 */
export function combineMatches(crops: readonly (readonly Match[])[]): readonly Match[] {
  const counted = Math.ceil(crops.length / 2);
  const found = new Map<string, Match[]>();
  for (const match of crops.flat())
    found.set(match.individual, [...(found.get(match.individual) ?? []), match]);
  return [...found.values()]
    .map((matches): Match => {
      const best = [...matches].sort((left, right) => right.score - left.score);
      return {
        ...best[0]!,
        score: best.slice(0, counted).reduce((sum, { score }) => sum + score, 0) / counted,
      };
    })
    .sort((left, right) => right.score - left.score);
}

/** Vectors of each box by space. A describer that cannot run is left out, as long as another one can. @throws ModelError when none can. */
async function describeAll(
  describers: readonly Describer[],
  { picture, boxes, signal, log }: DescribeOptions,
): Promise<readonly Query[]> {
  const results = await Promise.allSettled(
    describers.map((describer) => describer.describe(picture, boxes, { signal })),
  );
  signal.throwIfAborted();
  const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  if (failures.length > 0 && failures.length === results.length) throw failures[0];
  for (const cause of failures) {
    if (!(cause instanceof ModelError)) throw cause;
    log.warn({ cause }, "a crop is compared without one of its describers");
  }
  return boxes.map(
    (_, at) =>
      new Map(
        describers.flatMap(({ space }, index): [string, Float32Array][] => {
          const result = results[index]!;
          const vector = result.status === "fulfilled" ? result.value[at] : undefined;
          if (vector === undefined) return [];
          const problem = vectorProblem(vector);
          if (problem === null) return [[space, vector]];
          log.warn({ space, problem }, "a crop could not be described");
          return [];
        }),
      ),
  );
}

type DescribeOptions = {
  readonly picture: Parameters<Describer["describe"]>[0];
  readonly boxes: Parameters<Describer["describe"]>[1];
  readonly signal: AbortSignal;
  readonly log: Log;
};
