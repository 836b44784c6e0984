// Boxes as the annotation API takes them, and its words for those that it does not.

import { refusal } from "../call.ts";
import {
  blame,
  blameValue,
  decimal,
  listOf,
  object,
  type Problem,
  type Reader,
  required,
  text,
  within,
} from "../fields.ts";
import { repr, typeName } from "../python.ts";

export type Xyxyn = readonly [number, number, number, number];
export type PredictionRow = {
  readonly xyxyn: Xyxyn;
  readonly confidence: number;
  readonly class_name: string;
};
export type Predictions = { readonly predictions: readonly PredictionRow[] };

/** Why four numbers are no box; null: they are one. */
export function faultOfBox([x1, y1, x2, y2]: Xyxyn): string | null {
  if ([x1, y1, x2, y2].some((edge) => !(edge >= 0 && edge <= 1)))
    return "All xyxyn values must be between 0 and 1";
  if (x1 > x2) return "x1 must be <= x2";
  if (y1 > y2) return "y1 must be <= y2";
  if (x1 === 0 && y1 === 0 && x2 === 0 && y2 === 0) return "Null coordinates [0,0,0,0] are not allowed";
  if (x1 === x2 || y1 === y2)
    return `Zero-area bounding boxes are not allowed (width=${(x2 - x1).toFixed(6)}, height=${(y2 - y1).toFixed(6)})`;
  return null;
}

export const xyxyn: Reader<Xyxyn> = (value, place) => {
  const before = place.problems.length;
  const edges = listOf(decimal)(value, place);
  if (place.problems.length > before) return edges as Xyxyn;
  const length = edges.length;
  const words = "List should have at";
  if (length < 4)
    return blame(place, value, "too_short", `${words} least 4 items after validation, not ${length}`, {
      field_type: "List",
      min_length: 4,
      actual_length: length,
    });
  if (length > 4)
    return blame(place, value, "too_long", `${words} most 4 items after validation, not ${length}`, {
      field_type: "List",
      max_length: 4,
      actual_length: length,
    });
  const fault = faultOfBox(edges as Xyxyn);
  return fault === null ? (edges as Xyxyn) : blameValue(place, value, fault);
};

export const predictions: Reader<Predictions> = object(
  {
    predictions: required(
      listOf(
        object({
          xyxyn: required(xyxyn),
          confidence: required(within(decimal, 0, 1)),
          class_name: required(text),
        }),
      ),
    ),
  },
  { wrongType: "model_type" },
);

/** Predictions that came as JSON text in a form. @throws Refused 422 with one string, as the server has it for these. */
export function readPredictions(field: string, value: string): Predictions {
  const problems: Problem[] = [];
  const given = parsed(value, problems);
  if (problems.length === 0) {
    const read = predictions(given, { loc: [], problems });
    if (problems.length === 0) return read;
  }
  const count = `${problems.length} validation error${problems.length === 1 ? "" : "s"} for AlgoPredictions`;
  throw refusal(422, `Invalid ${field} format: ${[count, ...problems.map(told)].join("\n")}`);
}

function parsed(value: string, problems: Problem[]): unknown {
  try {
    return JSON.parse(value);
  } catch {
    const at = value.trim() === "" ? "EOF while parsing a value" : "expected value";
    const column = value.trim() === "" ? value.length : 1;
    return blame(
      { loc: [], problems },
      value,
      "json_invalid",
      `Invalid JSON: ${at} at line 1 column ${column}`,
    );
  }
}

function told({ loc, msg, type, input }: Problem): string {
  const shown = repr(input);
  const short = shown.length > 50 ? `${shown.slice(0, 25)}...${shown.slice(-24)}` : shown;
  return [
    ...(loc.length === 0 ? [] : [loc.join(".")]),
    `  ${msg} [type=${type}, input_value=${short}, input_type=${typeName(input)}]`,
    `    For further information visit https://errors.pydantic.dev/2.13/v/${type}`,
  ].join("\n");
}
