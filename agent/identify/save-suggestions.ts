// Keeps a picture that was asked about, with what was found on it and who it is said to be: as suggestions, for a person to judge.
import { ulid } from "ulid";
import type { Box } from "../../device/detection.ts";
import type { FrameRecord } from "../../device/frame.ts";
import { dayOf, parseImageId } from "../../device/image-id.ts";
import type { Side } from "../../device/sighting.ts";
import { packHashes } from "../../device/store/hashes.ts";
import type { Store } from "../../device/store/store.ts";
import { freeImageId } from "../ingest/free-time.ts";
import type { ReadPicture } from "../ingest/picture-messages.ts";
import type { Identification } from "./identifier.ts";

/** What was found on a picture. */
export type FoundAnimal = {
  readonly box: Box;
  readonly className: string | null;
  readonly confidence: number | null;
  readonly identification: Identification;
};

export type SaveOptions = {
  readonly store: Store;
  readonly path: string;
  readonly picture: ReadPicture;
  readonly animals: readonly FoundAnimal[];
  /** Id of the detector; null: the whole picture was taken. */
  readonly detector: string | null;
  readonly side: Side;
  readonly nowUs: number;
};

/**
 * Resolves with the ids of the suggestions when they are on disk. A picture that is in the store already is not kept twice, and one
 * that a person erased here stays erased: nothing is kept of it.
 */
export function saveSuggestions(options: SaveOptions): Promise<readonly string[]> {
  const { store, picture, animals, detector, nowUs } = options;
  return store.commit(() => {
    const imgId = keepPicture(options);
    if (imgId === null) return [];
    return animals.map(({ box, className, confidence, identification }, index) => {
      if (detector !== null)
        store.detections.put([imgId, detector, index], {
          imgId,
          model: detector,
          index,
          box,
          className: className ?? "",
          confidence: confidence ?? 0,
        });
      const id = ulid(Math.floor(nowUs / 1000));
      store.sightings.add(
        {
          id,
          imgId,
          box,
          individual: identification.best?.individual ?? null,
          state: "suggested",
          score: identification.matches[0]?.score ?? null,
          side: options.side,
          by: "identify",
          atUs: nowUs,
          sequence: null,
          metadata: { source_path: options.path, detector },
        },
        identification.vectors,
      );
      return id;
    });
  }, picture.bytes.byteLength);
}

/** Within a commit. null: it was erased. */
function keepPicture({ store, picture, nowUs }: SaveOptions): string | null {
  const knownId = store.seen.contents.get(picture.fileSha256);
  const known = knownId === null ? null : store.frames.get(knownId);
  if (known !== null) return known.erasedAtUs === null ? known.imgId : null;
  const takenUs = picture.takenAtMs === null ? nowUs : picture.takenAtMs * 1000;
  const imgId = freeImageId(store, Math.floor(takenUs));
  const frame: FrameRecord = {
    imgId,
    camera: "identify",
    sequence: 0,
    moment: { wallUs: parseImageId(imgId)!, monotonicNs: 0, bootId: "identify", clockSynchronised: false },
    sha256: picture.sha256,
    size: picture.bytes.byteLength,
    mediaType: picture.mediaType,
    width: picture.width,
    height: picture.height,
    run: null,
    prefix: `identify/${dayOf(imgId)}`,
    erasedAtUs: null,
  };
  store.frames.add(frame, picture.bytes);
  store.seen.contents.put(picture.fileSha256, imgId);
  store.seen.hashes.put(imgId, packHashes(picture.hashes));
  return imgId;
}
