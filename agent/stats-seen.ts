// What the store knows of individuals: how many, by whom said, described in which spaces, and which data sets they came from.
import type { SightingState } from "../device/sighting.ts";
import type { Store } from "../device/store/store.ts";
import { importedCounts } from "./import/store-words.ts";

/** Part of `outrider stats --json`: fields are added, never renamed. */
export type SeenStats = {
  /** Individuals that stand for themselves. */
  readonly individuals: number;
  /** Those that were merged into others. */
  readonly merged: number;
  readonly sightings: Readonly<Record<SightingState, number>>;
  /** Vectors by space. */
  readonly embeddings: Readonly<Record<string, number>>;
  readonly datasets: Readonly<
    Record<
      string,
      {
        /** Files ingested. */ readonly origins: number /** Different pictures among them. */;
        readonly images: number;
        /** Sequences imported with them. */
        readonly sequences: number;
      }
    >
  >;
};

/** Reads every sighting and origin: some 100 000 a second. */
export function collectSeen(
  store: Pick<Store, "individuals" | "sightings" | "seen" | "counters">,
): SeenStats {
  let individuals = 0;
  let merged = 0;
  for (const { mergedInto } of store.individuals.range()) {
    if (mergedInto === null) individuals += 1;
    else merged += 1;
  }
  const sightings = { suggested: 0, labelled: 0, verified: 0, rejected: 0 };
  for (const { state } of store.sightings.range()) sightings[state] += 1;
  const embeddings: Record<string, number> = {};
  for (const [space] of store.seen.embeddings.keys()) embeddings[space] = (embeddings[space] ?? 0) + 1;
  return { individuals, merged, sightings, embeddings, datasets: countDatasets(store) };
}

function countDatasets({ seen, counters }: Pick<Store, "seen" | "counters">): SeenStats["datasets"] {
  const found = new Map<string, { origins: number; images: Set<string> }>();
  for (const {
    value: { dataset, imgId },
  } of seen.origins.range()) {
    const known = found.get(dataset) ?? { origins: 0, images: new Set() };
    known.origins += 1;
    known.images.add(imgId);
    found.set(dataset, known);
  }
  return Object.fromEntries(
    [...found]
      .sort()
      .map(([dataset, { origins, images }]) => [
        dataset,
        { origins, images: images.size, sequences: counters.get(`${importedCounts}${dataset}`) },
      ]),
  );
}

/** The figures for a person; none where nothing was ever seen. */
export function describeSeen({
  individuals,
  merged,
  sightings,
  embeddings,
  datasets,
}: SeenStats): readonly string[] {
  const states = Object.entries(sightings).filter(([, count]) => count > 0);
  return [
    ...(individuals + merged === 0
      ? []
      : [`animals   ${individuals} individuals${merged === 0 ? "" : `, ${merged} merged into others`}`]),
    ...(states.length === 0
      ? []
      : [`sightings ${states.map(([state, count]) => `${state} ${count}`).join(", ")}`]),
    ...Object.entries(embeddings).map(([space, count]) => `vectors   ${space}: ${count}`),
    ...Object.entries(datasets).map(
      ([name, { origins, images, sequences }]) =>
        `data set  ${name}: ${images} pictures${origins === images ? "" : ` from ${origins} files`}${sequences === 0 ? "" : `, ${sequences} sequences`}`,
    ),
  ];
}
