// The animals on a picture of a data set become sightings: labelled by the data set, seen by nobody here. What a person decided stands.
import { ulid } from "ulid";
import type { FrameRecord } from "../../device/frame.ts";
import type { SightingRecord } from "../../device/sighting.ts";
import type { SourcePicture, SourceSubject } from "../../sync/sources/source.ts";
import { cropOf, isSameBox } from "./crop.ts";
import type { Ground, PlaceOptions } from "./place.ts";
import { ensureIndividual } from "./place-individual.ts";

export type PlacedSightings = {
  /** Their ids, in the order of the animals. */
  readonly sightings: readonly string[];
  /** Ids of individuals that were made, and of those that were there and were seen anew or learned something. */
  readonly made: readonly string[];
  readonly changed: readonly string[];
  readonly sightingsAdded: number;
  /** Sightings that went to another individual. */
  readonly moved: number;
  /** Sightings that the data set says otherwise, but a person here had decided. */
  readonly decided: number;
};

/** Within a commit. @param options.before ids of the sightings that this file had when it was last ingested. */
export function placeSightings(
  picture: SourcePicture,
  frame: FrameRecord,
  options: PlaceOptions & { readonly before: readonly string[] },
): PlacedSightings {
  const { store, dataset, nowUs } = options;
  const result = {
    sightings: [] as string[],
    made: [] as string[],
    changed: [] as string[],
    sightingsAdded: 0,
    moved: 0,
    decided: 0,
  };
  const before = options.before.flatMap((id) => store.sightings.get(id) ?? []);
  const wanted = picture.subjects.flatMap((subject): Wanted[] => {
    // A set that tells nobody apart has boxes, but no sightings.
    if (subject.individual === undefined) return [];
    const individual = ensureIndividual(subject, { store, nowUs });
    if (individual?.made) result.made.push(individual.id);
    if (individual?.changed) result.changed.push(individual.id);
    return [
      {
        imgId: frame.imgId,
        box: cropOf(subject.box, frame),
        individual: individual?.id ?? null,
        side: subject.side,
        metadata: metadataOf(subject, picture),
      },
    ];
  });
  const known = pairUp(before, wanted);
  for (const [at, each] of wanted.entries()) {
    const there = known[at] ?? sharedSighting(store, each, { dataset, taken: result.sightings });
    const outcome = there === null ? "added" : renewSighting(store, there, each);
    result.sightings.push(there?.id ?? addSighting(store, each, { dataset, nowUs }));
    if (outcome === "added") result.sightingsAdded += 1;
    if (outcome === "moved") result.moved += 1;
    if (outcome === "decided") result.decided += 1;
    if ((outcome === "added" || outcome === "moved") && each.individual !== null)
      result.changed.push(each.individual);
  }
  for (const left of before) if (!known.includes(left)) retireSighting(store, left, picture);
  return { ...result, changed: result.changed.filter((id) => !result.made.includes(id)) };
}

type Wanted = Pick<SightingRecord, "imgId" | "box" | "individual" | "side" | "metadata">;

/**
 * Which of the sightings a file had is meant by each animal that it has now: of the same name at the same place, then of the same
 * name or at the same place, then one that is left over.
 */
function pairUp(
  before: readonly SightingRecord[],
  wanted: readonly Wanted[],
): readonly (SightingRecord | null)[] {
  const left = new Set(before);
  const pairs: (SightingRecord | null)[] = wanted.map(() => null);
  const likeness: readonly ((one: SightingRecord, other: Wanted) => boolean)[] = [
    (one, other) => isSaidTheSame(one, other) && isSameBox(one.box, other.box),
    (one, other) => isSaidTheSame(one, other) || isSameBox(one.box, other.box),
    () => true,
  ];
  for (const isLike of likeness)
    for (const [at, each] of wanted.entries()) {
      if (pairs[at] !== null) continue;
      for (const one of left) {
        if (!isLike(one, each)) continue;
        pairs[at] = one;
        left.delete(one);
        break;
      }
    }
  return pairs;
}

/** Whether the data set says of both that they are the same animal, whoever it is taken for here. */
function isSaidTheSame(
  one: Pick<SightingRecord, "metadata">,
  other: Pick<SightingRecord, "metadata">,
): boolean {
  return JSON.stringify(one.metadata.alias) === JSON.stringify(other.metadata.alias);
}

function addSighting(
  store: Ground,
  wanted: Wanted,
  { dataset, nowUs }: { dataset: string; nowUs: number },
): string {
  const id = ulid(Math.floor(nowUs / 1000));
  store.sightings.add({
    id,
    ...wanted,
    state: "labelled",
    score: null,
    by: dataset,
    atUs: nowUs,
    sequence: null,
  });
  return id;
}

/** The same animal on the same bytes under another path: one sighting answers for both. */
function sharedSighting(
  store: Ground,
  wanted: Wanted,
  { dataset, taken }: { dataset: string; taken: readonly string[] },
): SightingRecord | null {
  for (const each of store.sightings.of("frame", wanted.imgId)) {
    const isSame = each.by === dataset && isSaidTheSame(each, wanted) && isSameBox(each.box, wanted.box);
    if (isSame && !taken.includes(each.id)) return each;
  }
  return null;
}

function renewSighting(
  store: Ground,
  known: SightingRecord,
  wanted: Wanted,
): "same" | "renewed" | "moved" | "decided" {
  const isMoved = !isSaidTheSame(known, wanted) && known.individual !== wanted.individual;
  // What a person confirmed or refused here stands above what a data set says.
  if (known.state !== "labelled") return isMoved || known.imgId !== wanted.imgId ? "decided" : "same";
  const isOwn = known.metadata.source_path === wanted.metadata.source_path;
  const next = {
    ...known,
    ...wanted,
    // Who says the same as before does not take back a split that a person made meanwhile.
    individual: isMoved ? wanted.individual : known.individual,
    metadata: isOwn ? wanted.metadata : known.metadata,
  };
  if (JSON.stringify(next) === JSON.stringify(known)) return "same";
  if (known.imgId !== wanted.imgId || !isSameBox(known.box, wanted.box)) {
    // Its vectors are of other pixels.
    for (const space of store.sightings.spaces()) store.seen.embeddings.remove([space, known.id]);
  }
  store.sightings.update(next);
  if (!isMoved) return "renewed";
  store.journal.write("ingest.moved", {
    sighting: known.id,
    from: known.individual,
    to: wanted.individual,
    path: wanted.metadata.source_path,
  });
  return "moved";
}

/** An animal that the data set no longer sees on this picture; one that a person decided on stays. */
function retireSighting(store: Ground, sighting: SightingRecord, picture: SourcePicture): void {
  if (sighting.state !== "labelled" || sighting.metadata.source_path !== picture.relativePath) return;
  store.sightings.remove(sighting.id);
  store.journal.write("ingest.removed", {
    sighting: sighting.id,
    individual: sighting.individual,
    path: picture.relativePath,
  });
}

/** What the source knows of it; a text longer than this is cut. */
const longestText = 1000;

function metadataOf(subject: SourceSubject, picture: SourcePicture): Readonly<Record<string, unknown>> {
  const { individual } = subject;
  const alias = individual == null ? null : { scope: individual.scope, value: individual.identity };
  const entries = Object.entries({ ...subject.metadata, source_path: picture.relativePath, alias });
  const cut = (value: unknown): unknown => (typeof value === "string" ? value.slice(0, longestText) : value);
  const species = subject.species === null ? [] : [["species", subject.species] as const];
  return Object.fromEntries([...entries, ...species].map(([name, value]) => [name, cut(value)]));
}
