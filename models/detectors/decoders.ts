// The decoder of each detector family. A new family is a file beside this one and a line here.
import type { DetectorFamily } from "../manifest.ts";
import { ModelError } from "../vision.ts";
import type { Decoder } from "./decoder.ts";

/** @throws ModelError when nothing here reads that family. */
export function decoderOf(family: DetectorFamily): Decoder {
  const decoder = decoders.find((each) => each.family === family);
  if (decoder !== undefined) return decoder;
  const known = decoders.map((each) => each.family).join(", ");
  throw new ModelError(`Expected a detector of a family that is read here (${known}), got ${family}`);
}

const decoders: readonly Decoder[] = [];
