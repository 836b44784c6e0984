// A sequence: detections of one camera that belong together in time, from the frames that led up to it until it is over.
import type { Moment } from "./clock.ts";
import type { Box } from "./detection.ts";

export type SequenceRecord = {
  /** ULID. */
  readonly id: string;
  readonly camera: string;
  /** Id of the model whose detections it is made of. */
  readonly model: string;
  readonly className: string;
  /** When the window first confirmed it. */
  readonly openedAt: Moment;
  /** null while it goes on, or when the process died in it. */
  readonly closedAt: Moment | null;
  /** img_id of the first frame (the lead-up counts) and of the newest. */
  readonly firstImgId: string;
  readonly lastImgId: string;
  readonly frames: number;
  /** Highest score of the window so far, 0..1, and the frame it was reached on. */
  readonly bestScore: number;
  readonly bestImgId: string;
  /** Who it was said to be, when a gallery was asked; null: nobody asked, or nobody known. */
  readonly individual: string | null;
};

/** A frame of a sequence; key [sequence, imgId]. */
export type SequenceFrame = {
  readonly sequence: string;
  readonly imgId: string;
  /** Where it was seen on this frame; null: not seen on it. */
  readonly box: Box | null;
  /** 0..1; 0 where the box was carried over from a neighbour. */
  readonly confidence: number;
  /** true: taken before the window confirmed the sequence. */
  readonly leadUp: boolean;
};
