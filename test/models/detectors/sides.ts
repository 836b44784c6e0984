// Writes a box as NanoDet's four distributions over distances.
import type { Candidate } from "../../../models/detectors/decoder.ts";
import { side } from "./contract.ts";

export const bins = 8;

export type Cell = { readonly row: number; readonly stride: number; readonly logits: readonly number[] };

/**
 * The first unused cell from which the box can be told: its centre within the box, no edge further than seven strides.
 * @param offset of a cell's centre, in cells
 */
export function cellFor(
  { left, top, right, bottom }: Candidate,
  strides: readonly number[],
  offset: number,
  used: Set<number>,
): Cell {
  let row = 0;
  for (const stride of strides)
    for (let line = 0; line < side / stride; line++)
      for (let column = 0; column < side / stride; column++, row++) {
        const [x, y] = [(column + offset) * stride, (line + offset) * stride];
        const distances = [x - left, y - top, right - x, bottom - y].map((pixels) => pixels / stride);
        if (used.has(row) || distances.some((distance) => distance < 0 || distance > bins - 1)) continue;
        used.add(row);
        return { row, stride, logits: distances.flatMap(logitsOf) };
      }
  throw new Error("Expected a cell to write the box to");
}

/** Two neighbouring bins, weighed so that their mean is the distance. */
function logitsOf(distance: number): readonly number[] {
  const below = Math.min(Math.floor(distance), bins - 2);
  const part = distance - below;
  return Array.from({ length: bins }, (_, bin) => {
    const weight = bin === below ? 1 - part : bin === below + 1 ? part : 0;
    return weight === 0 ? -80 : Math.log(weight);
  });
}
