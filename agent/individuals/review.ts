// What there is to look at: individuals, the queue of suggestions, one individual with its sightings, and the journal of acts.
import type { IndividualRecord } from "../../device/individual.ts";
import type { Act } from "../../device/individual-act.ts";
import type { SightingRecord, SightingState } from "../../device/sighting.ts";
import type { Store } from "../../device/store/store.ts";
import { findIndividual } from "./find.ts";
import { undoOf } from "./undo.ts";

type SightingCounts = Readonly<Record<SightingState, number>>;

export type IndividualSummary = {
  readonly id: string;
  readonly name: string;
  readonly status: IndividualRecord["status"];
  readonly species: string | null;
  readonly aliases: readonly string[];
  readonly sightings: SightingCounts;
  /** When it was seen last, by a sighting that answers for it, µs; null: never. */
  readonly lastSeenUs: number | null;
};

/** One page; `next` is what `after` has to be for the following one, null at the end. Fields are added, never renamed. */
export type Page<T> = { readonly items: readonly T[]; readonly next: string | null };

export type PageOptions = { readonly limit: number; readonly after?: string };

/** Standing individuals in order of their making. @param options.text part of a name, an alias or the species, in any case. */
export function listIndividuals(
  store: Store,
  options: PageOptions & { readonly text?: string },
): Page<IndividualSummary> {
  const text = options.text?.toLowerCase();
  return pageOf(
    store.individuals.range(options.after === undefined ? {} : { start: `${options.after}\0` }),
    options.limit,
    (individual) =>
      individual.mergedInto === null &&
      (text === undefined ||
        [individual.name, individual.species ?? "", ...individual.aliases.map(({ value }) => value)].some(
          (each) => each.toLowerCase().includes(text),
        )),
    (individual) => summaryOf(store, individual),
  );
}

/** A sighting that waits for a person. */
export type Suggestion = {
  readonly sighting: string;
  readonly imgId: string;
  readonly camera: string | null;
  /** null: a new individual. */
  readonly individual: string | null;
  readonly name: string | null;
  readonly score: number | null;
  readonly side: SightingRecord["side"];
  readonly by: string;
  readonly atUs: number;
  readonly sequence: string | null;
};

export type SuggestionFilter = {
  /** Id, name or scope/alias; "new": nobody known. */
  readonly individual?: string;
  readonly camera?: string;
  readonly minScore?: number;
  readonly sequence?: string;
};

/** Suggestions, newest first. @throws ActRefused when the individual of the filter is not there. */
export function listSuggestions(store: Store, options: PageOptions & SuggestionFilter): Page<Suggestion> {
  const { after, limit, camera, minScore = 0, sequence } = options;
  const wanted =
    options.individual === undefined || options.individual === "new"
      ? null
      : findIndividual(store, options.individual).id;
  const cameraOf = ({ imgId }: SightingRecord): string | null => store.frames.get(imgId)?.camera ?? null;
  return pageOf(
    // With `reverse` the start is inclusive: the page begins behind it.
    skipFirst(
      store.sightings.range({ reverse: true, ...(after === undefined ? {} : { start: after }) }),
      after,
    ),
    limit,
    (sighting) =>
      sighting.state === "suggested" &&
      (wanted === null || sighting.individual === wanted) &&
      (options.individual !== "new" || sighting.individual === null) &&
      (sequence === undefined || sighting.sequence === sequence) &&
      (sighting.score ?? 0) >= minScore &&
      (camera === undefined || cameraOf(sighting) === camera),
    (sighting) => ({
      id: sighting.id,
      sighting: sighting.id,
      imgId: sighting.imgId,
      camera: cameraOf(sighting),
      individual: sighting.individual,
      name: sighting.individual === null ? null : (store.individuals.get(sighting.individual)?.name ?? null),
      score: sighting.score,
      side: sighting.side,
      by: sighting.by,
      atUs: sighting.atUs,
      sequence: sighting.sequence,
    }),
  );
}

export type IndividualDetails = IndividualSummary & {
  readonly record: IndividualRecord;
  /** Individuals that were merged into it. */
  readonly merged: readonly { readonly id: string; readonly name: string }[];
  /** Newest first. */
  readonly seen: readonly SightingRecord[];
};

/** @param limit of the sightings. @throws ActRefused */
export function showIndividual(
  store: Store,
  words: string,
  { limit }: { readonly limit: number },
): IndividualDetails {
  const record = findIndividual(store, words);
  const merged = [...store.individuals.range()].filter(
    ({ id, mergedInto }) => mergedInto !== null && store.individuals.standing(id)?.id === record.id,
  );
  const seen = [...store.sightings.of("individual", record.id)].sort((left, right) => right.atUs - left.atUs);
  return {
    ...summaryOf(store, record),
    record,
    merged: merged.map(({ id, name }) => ({ id, name })),
    seen: seen.slice(0, limit),
  };
}

export type JournalLine = Pick<Act, "id" | "kind" | "by" | "atUs" | "summary"> & {
  /** Records that changed. */
  readonly changes: number;
  /** The act that took it back; null: it holds. */
  readonly undoneBy: string | null;
};

/** Acts, newest first. */
export function listActs(store: Store, { limit, after }: PageOptions): Page<JournalLine> {
  return pageOf(
    skipFirst(
      store.seen.acts.range({ reverse: true, ...(after === undefined ? {} : { start: after }) }),
      after,
    ),
    limit,
    () => true,
    ({ value: { id, kind, by, atUs, summary, changes } }) => ({
      id,
      kind,
      by,
      atUs,
      summary,
      changes: changes.length,
      undoneBy: undoOf(store, id)?.id ?? null,
    }),
  );
}

function summaryOf(
  store: Store,
  { id, name, status, species, aliases }: IndividualRecord,
): IndividualSummary {
  const sightings = { suggested: 0, labelled: 0, verified: 0, rejected: 0 };
  let lastSeenUs: number | null = null;
  for (const { state, atUs, imgId } of store.sightings.of("individual", id)) {
    sightings[state] += 1;
    if (state !== "labelled" && state !== "verified") continue;
    // A verified sighting carries the time of the verdict; its frame knows when it was seen.
    const seenUs = store.frames.get(imgId)?.moment.wallUs ?? atUs;
    lastSeenUs = Math.max(lastSeenUs ?? 0, seenUs);
  }
  return {
    id,
    name,
    status,
    species,
    aliases: aliases.map(({ scope, value }) => `${scope}/${value}`),
    sightings,
    lastSeenUs,
  };
}

/** The first `limit` that are wanted; `next` is the id of the last one when there are more. */
function pageOf<T, R extends { readonly id: string }>(
  items: Iterable<T>,
  limit: number,
  isWanted: (item: T) => boolean,
  view: (item: T) => R,
): Page<R> {
  const page: R[] = [];
  for (const item of items) {
    if (!isWanted(item)) continue;
    if (page.length === limit) return { items: page, next: page.at(-1)!.id };
    page.push(view(item));
  }
  return { items: page, next: null };
}

function* skipFirst<T>(items: Iterable<T>, start: string | undefined): Iterable<T> {
  for (const item of items) {
    const id = (item as { id?: string; key?: string }).id ?? (item as { key?: string }).key;
    if (id !== start) yield item;
  }
}
