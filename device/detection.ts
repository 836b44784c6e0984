// A detection: a box, class and confidence on a frame, with the model that said it.

/** Box edges normalised to the picture (0..1), x from the left, y from the top. */
export type Box = {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
};

export type Detection = {
  readonly imgId: string;
  /** Id of the model in the catalog, or "none" when a person drew it. */
  readonly model: string;
  /** Position among the detections of this model on this frame. */
  readonly index: number;
  readonly box: Box;
  readonly className: string;
  /** 0..1. */
  readonly confidence: number;
};
