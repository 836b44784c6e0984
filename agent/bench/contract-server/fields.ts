// Reads what a request brings as FastAPI and pydantic do, and says what is wrong in their words.
import { refusal } from "./call.ts";
import { type BigId, bigIdOf } from "./json.ts";
import { type Micros, readTime } from "./times.ts";

export type Problem = {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input: unknown;
  readonly ctx?: object;
};

/** Where a value stands, and where to put what is wrong with it. */
export type Place = { readonly loc: Problem["loc"]; readonly problems: Problem[] };

/** Gives the value; after a problem whatever it likes, for nobody looks. */
export type Reader<T> = (value: unknown, place: Place) => T;

/** A member of an object; with `otherwise` it may be missing. */
export type Field<T> = { readonly read: Reader<T>; readonly otherwise?: () => T };

export function required<T>(read: Reader<T>): Field<T> {
  return { read };
}

export function optional<T>(read: Reader<T>, otherwise: T): Field<T> {
  return { read, otherwise: () => otherwise };
}

/** Notes a problem of the value at its place. */
export function blame<T>(place: Place, input: unknown, type: string, msg: string, ctx?: object): T {
  place.problems.push({ type, loc: place.loc, msg, input, ...(ctx === undefined ? {} : { ctx }) });
  return undefined as T;
}

/** A validator of ours that raises ValueError. */
export function blameValue<T>(place: Place, input: unknown, words: string): T {
  return blame(place, input, "value_error", `Value error, ${words}`, { error: words });
}

export const text: Reader<string> = (value, place) =>
  typeof value === "string" ? value : blame(place, value, "string_type", "Input should be a valid string");

/** Characters of a text, both ends included. */
export function textWithin(min: number, max: number): Reader<string> {
  const count = (n: number): string => `${n} character${n === 1 ? "" : "s"}`;
  return (value, place) => {
    const known = text(value, place);
    if (typeof known !== "string") return known;
    if (known.length < min)
      return blame(place, value, "string_too_short", `String should have at least ${count(min)}`, {
        min_length: min,
      });
    if (known.length > max)
      return blame(place, value, "string_too_long", `String should have at most ${count(max)}`, {
        max_length: max,
      });
    return known;
  };
}

export const bigWhole: Reader<BigId> = (value, place) => {
  if (typeof value === "string")
    return /^\s*[+-]?\d+(\.0*)?\s*$/.test(value)
      ? bigIdOf(value.trim().replace(/\.0*$/, "").replace(/^\+/, ""))
      : blame(
          place,
          value,
          "int_parsing",
          "Input should be a valid integer, unable to parse string as an integer",
        );
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "number") return blame(place, value, "int_type", "Input should be a valid integer");
  return Number.isInteger(value)
    ? value
    : blame(
        place,
        value,
        "int_from_float",
        "Input should be a valid integer, got a number with a fractional part",
      );
};

export const whole: Reader<number> = (value, place) => Number(bigWhole(value, place));

export const decimal: Reader<number> = (value, place) => {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "string") return blame(place, value, "float_type", "Input should be a valid number");
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value)
    ? Number(value)
    : blame(
        place,
        value,
        "float_parsing",
        "Input should be a valid number, unable to parse string as a number",
      );
};

/** Both ends included. */
export function within(read: Reader<number>, min: number, max = Number.POSITIVE_INFINITY): Reader<number> {
  return (value, place) => {
    const before = place.problems.length;
    const number = read(value, place);
    if (place.problems.length > before) return number;
    if (number < min)
      return blame(place, value, "greater_than_equal", `Input should be greater than or equal to ${min}`, {
        ge: min,
      });
    if (number > max)
      return blame(place, value, "less_than_equal", `Input should be less than or equal to ${max}`, {
        le: max,
      });
    return number;
  };
}

export const yesOrNo: Reader<boolean> = (value, place) => {
  if (typeof value === "boolean") return value;
  const words = typeof value === "string" ? value.toLowerCase() : value;
  if (words === 1 || ["1", "true", "t", "yes", "y", "on"].includes(words as string)) return true;
  if (words === 0 || ["0", "false", "f", "no", "n", "off"].includes(words as string)) return false;
  return typeof value === "string" || typeof value === "number"
    ? blame(place, value, "bool_parsing", "Input should be a valid boolean, unable to interpret input")
    : blame(place, value, "bool_type", "Input should be a valid boolean");
};

/** `'a', 'b' or 'c'`. */
export function wordsOf(values: readonly string[]): string {
  const quoted = values.map((value) => `'${value}'`);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

/** @param type pydantic's name of the rule: of an enum, or of a Literal. */
export function oneOf<const T extends string>(
  values: readonly T[],
  type: "enum" | "literal_error" = "enum",
): Reader<T> {
  return (value, place) =>
    values.includes(value as T)
      ? (value as T)
      : blame(place, value, type, `Input should be ${wordsOf(values)}`, { expected: wordsOf(values) });
}

export const time: Reader<Micros> = (value, place) => {
  if (typeof value === "number") return Math.round(value * (Math.abs(value) > 2e10 ? 1000 : 1_000_000));
  const at = typeof value === "string" ? readTime(value) : null;
  const error =
    typeof value === "string" && value.length < 10 ? "input is too short" : "invalid character in year";
  return (
    at ??
    blame(place, value, "datetime_from_date_parsing", `Input should be a valid datetime or date, ${error}`, {
      error,
    })
  );
};

export function nullable<T>(read: Reader<T>): Reader<T | null> {
  return (value, place) => (value === null ? null : read(value, place));
}

export function listOf<T>(read: Reader<T>): Reader<readonly T[]> {
  return (value, place) =>
    Array.isArray(value)
      ? value.map((one, index) => read(one, { ...place, loc: [...place.loc, index] }))
      : blame(place, value, "list_type", "Input should be a valid list");
}

type Fields = Readonly<Record<string, Field<unknown>>>;
export type ValuesOf<S extends Fields> = {
  readonly [K in keyof S]: S[K] extends Field<infer T> ? T : never;
};

/** Members in the order of the shape; others are ignored. `missingInput`: what a missing member is blamed with, a form says null. */
export function object<S extends Fields>(
  shape: S,
  { missingInput = (value: unknown) => value, wrongType = "model_attributes_type" } = {},
): Reader<ValuesOf<S>> {
  return (value, place) => {
    if (value === null || typeof value !== "object" || Array.isArray(value))
      return blame(place, value, wrongType, `Input should be ${modelWords[wrongType]}`);
    const members = value as Record<string, unknown>;
    return Object.fromEntries(
      Object.entries(shape).map(([name, field]) => {
        const at = { ...place, loc: [...place.loc, name] };
        if (Object.hasOwn(members, name)) return [name, field.read(members[name], at)];
        if (field.otherwise !== undefined) return [name, field.otherwise()];
        return [name, blame(at, missingInput(value), "missing", "Field required")];
      }),
    ) as ValuesOf<S>;
  };
}

const modelWords: Readonly<Record<string, string>> = {
  model_attributes_type: "a valid dictionary or object to extract fields from",
  model_type: "an object",
};

/** @throws Refused 422 with everything that is wrong. */
export function readAll<T>(read: Reader<T>, value: unknown, where: string): T {
  const problems: Problem[] = [];
  const result = read(value, { loc: [where], problems });
  if (problems.length > 0) throw refusal(422, problems);
  return result;
}
