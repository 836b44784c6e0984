// What a box has to be for the annotation API to take it: one that is not costs the whole record.
import type { Prediction } from "../../sync/clients/annotation-api.ts";

/** The rule that a box breaks, with its value; null: none. */
export function problemOfBox({ xyxyn }: Pick<Prediction, "xyxyn">): string | null {
  const [left, top, right, bottom] = xyxyn;
  const got = `got (${xyxyn.join(", ")})`;
  if (xyxyn.some((edge) => !(edge >= 0 && edge <= 1))) return `expected a box with edges of 0 to 1, ${got}`;
  if (xyxyn.every((edge) => edge === 0)) return `expected a box around something, ${got}`;
  if (left >= right || top >= bottom) return `expected a box with left < right and top < bottom, ${got}`;
  return null;
}
