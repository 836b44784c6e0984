// From a data set's boxes, in pixels of some picture, to the normalised edges that the store has.
import type { Box } from "../../device/detection.ts";
import type { SourceBox } from "../../sync/sources/source.ts";

/** The whole picture. */
export const wholePicture: Box = { left: 0, top: 0, right: 1, bottom: 1 };

/** The box cut to the picture; the whole picture for no box, and for one that lies outside of it. */
export function cropOf(
  box: SourceBox | null,
  picture: { readonly width: number | null; readonly height: number | null },
): Box {
  if (box === null) return wholePicture;
  const { width, height } = box.drawnOn ?? picture;
  if (width === null || height === null) return wholePicture;
  const crop = {
    left: within(box.left / width),
    top: within(box.top / height),
    right: within((box.left + box.width) / width),
    bottom: within((box.top + box.height) / height),
  };
  return crop.right > crop.left && crop.bottom > crop.top ? crop : wholePicture;
}

/** Whether two boxes have the same edges. */
export function isSameBox(one: Box, other: Box): boolean {
  return (["left", "top", "right", "bottom"] as const).every((edge) => one[edge] === other[edge]);
}

function within(fraction: number): number {
  return Math.min(1, Math.max(0, fraction));
}
