// Puts one picture of a data set into the store: frame, detections, individuals, sightings, origin, in one commit. Doing it twice
// leaves what doing it once leaves, and what a person said since stands.
import type { Detection } from "../../device/detection.ts";
import { datasetPrefix, type FrameRecord } from "../../device/frame.ts";
import { dayOf, parseImageId } from "../../device/image-id.ts";
import type { Origin } from "../../device/origin.ts";
import { packHashes } from "../../device/store/hashes.ts";
import type { Store } from "../../device/store/store.ts";
import type { SourcePicture } from "../../sync/sources/source.ts";
import { cropOf, isSameBox } from "./crop.ts";
import { freeImageId } from "./free-time.ts";
import { originKey, saidOf } from "./origin-key.ts";
import type { ReadPicture } from "./picture-messages.ts";
import { type PlacedSightings, placeSightings } from "./place-sightings.ts";

/** What became of a picture. */
export type Placed = {
  /** duplicate: its bytes were there already, under another path. erased: a person erased it here, and so it stays. */
  readonly outcome: "new" | "duplicate" | "updated" | "erased";
} & Omit<PlacedSightings, "sightings">;

/** What the placing needs of a store: an open one, or one that only looks as if (a dry run). */
export type Ground = Pick<Store, "frames" | "individuals" | "sightings" | "detections" | "journal"> & {
  readonly seen: Pick<Store["seen"], "origins" | "contents" | "hashes" | "embeddings">;
};

export type PlaceOptions = {
  readonly store: Ground;
  /** Name of the data set. */
  readonly dataset: string;
  readonly nowUs: number;
};

/** Within a commit. Changes nothing but the store, so that it may run twice. */
export function placePicture(picture: SourcePicture, read: ReadPicture, options: PlaceOptions): Placed {
  const { store, dataset } = options;
  const key = originKey(picture.path);
  const origin = store.seen.origins.get(key);
  const { frame, isNew } = placeFrame(picture, read, options);
  const base = { dataset, path: picture.path, size: read.fileSize, modifiedMs: read.modifiedMs };
  const book = (sightings: readonly string[]): void => {
    const booked: Origin = {
      ...base,
      sha256: read.fileSha256,
      imgId: frame.imgId,
      sightings,
      said: saidOf(picture),
    };
    store.seen.origins.put(key, booked);
  };
  if (frame.erasedAtUs !== null) {
    book(origin?.sightings ?? []);
    return { outcome: "erased", made: [], changed: [], sightingsAdded: 0, moved: 0, decided: 0 };
  }
  const isRedrawn = origin?.imgId === frame.imgId && origin.said !== saidOf(picture);
  placeDetections(picture, frame, { store, replaces: isRedrawn });
  const placed = placeSightings(picture, frame, { ...options, before: origin?.sightings ?? [] });
  book(placed.sightings);
  const { sightings: _, ...figures } = placed;
  return {
    ...figures,
    outcome: origin !== null ? "updated" : isNew ? "new" : "duplicate",
  };
}

/** The frame with these bytes, or a new one. */
function placeFrame(
  picture: SourcePicture,
  read: ReadPicture,
  { store, dataset }: PlaceOptions,
): { readonly frame: FrameRecord; readonly isNew: boolean } {
  const knownId = store.seen.contents.get(read.fileSha256);
  const known = knownId === null ? null : store.frames.get(knownId);
  if (known !== null) {
    if (!store.seen.hashes.has(known.imgId)) store.seen.hashes.put(known.imgId, packHashes(read.hashes));
    return { frame: known, isNew: false };
  }
  const takenAtMs = picture.takenAtMs ?? read.takenAtMs ?? read.modifiedMs;
  const imgId = freeImageId(store, Math.floor(Math.min(latestMs, Math.max(0, takenAtMs)) * 1000));
  const frame: FrameRecord = {
    imgId,
    camera: dataset,
    sequence: 0,
    // Nobody knows any more which boot it was, nor how its clock was.
    moment: { wallUs: parseImageId(imgId)!, monotonicNs: 0, bootId: "ingested", clockSynchronised: false },
    sha256: read.sha256,
    size: read.bytes.byteLength,
    mediaType: read.mediaType,
    width: read.width,
    height: read.height,
    run: null,
    prefix: `${datasetPrefix}${dataset}/${dayOf(imgId)}`,
    erasedAtUs: null,
  };
  store.frames.add(frame, read.bytes);
  store.seen.contents.put(read.fileSha256, imgId);
  store.seen.hashes.put(imgId, packHashes(read.hashes));
  return { frame, isNew: true };
}

/** An img_id has four digits for the year. */
const latestMs = Date.UTC(9999, 11, 31);

/** Boxes with a class, as drawn by the people who made the data set. @param options.replaces whether the boxes there are ours to replace. */
function placeDetections(
  { subjects }: SourcePicture,
  frame: FrameRecord,
  { store, replaces }: { store: Ground; replaces: boolean },
): void {
  const table = store.detections;
  const drawn = subjects.filter(({ className }) => className !== null);
  const there = [
    ...table.range({ start: [frame.imgId, byPerson, 0], end: [frame.imgId, `${byPerson}\0`, 0] }),
  ];
  if (replaces) for (const { key } of there) table.remove(key);
  const kept = replaces ? [] : there.map(({ value }) => value);
  let index = kept.reduce((last, detection) => Math.max(last, detection.index), -1) + 1;
  for (const { box, className } of drawn) {
    const detection: Detection = {
      imgId: frame.imgId,
      model: byPerson,
      index,
      box: cropOf(box, frame),
      className: className!,
      confidence: 1,
    };
    if (kept.some((each) => each.className === className && isSameBox(each.box, detection.box))) continue;
    table.put([frame.imgId, byPerson, index], detection);
    index += 1;
  }
}

/** The "model" of boxes that people drew. */
const byPerson = "none";
