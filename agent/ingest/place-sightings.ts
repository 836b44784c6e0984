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
  const told = picture.subjects.filter(({ individual }) => individual !== undefined);
  for (const subject of told) {
    const individual = ensureIndividual(subject, { store, nowUs });

    if (individual?.made) result.made.push(individual.id);
    else if (individual?.changed) result.changed.push(individual.id);
    const wanted = {
      imgId: frame.imgId,
      box: cropOf(subject.box, frame),
      individual: individual?.id ?? null,
      side: subject.side,
      metadata: metadataOf(subject, picture),
    };
    const known =
      takeSighting(before, wanted) ?? sharedSighting(store, wanted, { dataset, taken: result.sightings });
    if (known === null) {
      const id = ulid(Math.floor(nowUs / 1000));
      const rest = { state: "labelled", score: null, by: dataset, atUs: nowUs, sequence: null } as const;
      store.sightings.add({ id, ...wanted, ...rest });
      result.sightings.push(id);
      result.sightingsAdded += 1;
      if (individual?.made === false) result.changed.push(individual.id);
      continue;
    }
    result.sightings.push(known.id);
    const outcome = renewSighting(store, known, wanted);
    if (outcome === "moved") {
      result.moved += 1;
      if (individual?.made === false) result.changed.push(individual.id);
    }
    if (outcome === "decided") result.decided += 1;
  }
  for (const left of before) retireSighting(store, left, picture);
  return result;
}

type Wanted = Pick<SightingRecord, "imgId" | "box" | "individual" | "side" | "metadata">;

/** Takes the sighting out of `before` that is meant: of the same individual, else at the same place, else the next. */
function takeSighting(before: SightingRecord[], wanted: Wanted): SightingRecord | null {
  const likeness = [
    (each: SightingRecord) => each.individual === wanted.individual && isSameBox(each.box, wanted.box),
    (each: SightingRecord) => each.individual === wanted.individual || isSameBox(each.box, wanted.box),
    () => true,
  ];
  for (const isLike of likeness) {
    const at = before.findIndex(isLike);
    if (at !== -1) return before.splice(at, 1)[0]!;
  }
  return null;
}

/** The same animal on the same bytes under another path: one sighting answers for both. */
function sharedSighting(
  store: Ground,
  wanted: Wanted,
  { dataset, taken }: { dataset: string; taken: readonly string[] },
): SightingRecord | null {
  for (const each of store.sightings.of("frame", wanted.imgId)) {
    const isSame =
      each.by === dataset && each.individual === wanted.individual && isSameBox(each.box, wanted.box);
    if (isSame && !taken.includes(each.id)) return each;
  }
  return null;
}

function renewSighting(
  store: Ground,
  known: SightingRecord,
  wanted: Wanted,
): "same" | "renewed" | "moved" | "decided" {
  // What a person confirmed or refused here stands above what a data set says.
  const isDecided = known.state !== "labelled";
  const isMoved = known.individual !== wanted.individual;
  if (isDecided) return isMoved || known.imgId !== wanted.imgId ? "decided" : "same";
  const isOwn = known.metadata.source_path === wanted.metadata.source_path;
  const next = { ...known, ...wanted, metadata: isOwn ? wanted.metadata : known.metadata };
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
  const entries = Object.entries({ ...subject.metadata, source_path: picture.relativePath });
  const cut = (value: unknown): unknown => (typeof value === "string" ? value.slice(0, longestText) : value);
  const species = subject.species === null ? [] : [["species", subject.species] as const];
  return Object.fromEntries([...entries, ...species].map(([name, value]) => [name, cut(value)]));
}
