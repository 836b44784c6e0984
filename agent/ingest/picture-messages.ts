// What the host and the threads that read pictures say to each other.
import type { FrameRecord } from "../../device/frame.ts";
import type { PictureHashes } from "../../device/picture-hashes.ts";
import type { PictureProblem } from "../../models/picture.ts";

/** A picture file, read whole: what it is, and its bytes as the store keeps them. */
export type ReadPicture = {
  /** Of the file, lowercase hex. */
  readonly fileSha256: string;
  /** Bytes of the file, and when it was written; as it was when it was read. */
  readonly fileSize: number;
  readonly modifiedMs: number;
  /** The file's own, or those of a PNG with the same pixels where the file is of a kind that a store does not keep. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of `bytes`. */
  readonly sha256: string;
  readonly mediaType: FrameRecord["mediaType"];
  /** Pixels, upright. */
  readonly width: number;
  readonly height: number;
  readonly hashes: PictureHashes;
  /** When the camera took it, by its EXIF, ms since 1970; null: it does not say. */
  readonly takenAtMs: number | null;
};

/** unreadable: the disk does not give it. */
export type ReadProblem = PictureProblem | "unreadable";

export type ToReader =
  | { readonly id: number; readonly path: string }
  /** Nothing more will be asked. */
  | { readonly id: null };

export type FromReader =
  | { readonly id: number; readonly picture: ReadPicture }
  | { readonly id: number; readonly reason: ReadProblem; readonly message: string }
  /** Nothing is being read any more. */
  | { readonly id: null };
