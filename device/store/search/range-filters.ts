// Conditions on the order of values: ranges of numbers, dates and text.
import { type DateSpan, dateFormats, parseDate } from "./dates.ts";
import { anyOf, type Filter } from "./filter.ts";
import { keyStart } from "./postings.ts";
import type { Target } from "./target.ts";
import { asBoolean, asNumber, asText, compareTerms, type Scalar, type Term } from "./values.ts";

/** The bounds of a range; all that are given must hold. */
export type Bounds = Readonly<Partial<Record<"gte" | "gt" | "lte" | "lt", Scalar>>>;

/** Documents with a value within bounds. A bound that the field's kind cannot read is added to `problems`. */
export function rangeFilter(target: Target, bounds: Bounds, problems: string[]): Filter {
  if (target.kind === "date") return dateRange(target, bounds, problems);
  const read = (name: keyof Bounds): Term | null => {
    const bound = bounds[name];
    return bound === undefined ? null : readBound(target, name, bound, problems);
  };
  const [gte, gt, lte, lt] = [read("gte"), read("gt"), read("lte"), read("lt")];
  const isText = typeof (gte ?? gt ?? lte ?? lt) === "string";
  const lows = [gte, gt].filter((bound) => bound !== null);
  const highs = [lte, lt].filter((bound) => bound !== null);
  const from = lows.reduce(
    (a, b) => (compareTerms(a, b) > 0 ? a : b),
    isText ? "" : Number.NEGATIVE_INFINITY,
  );
  const accepts = (term: Term): boolean =>
    (gte === null || compareTerms(term, gte) >= 0) &&
    (gt === null || compareTerms(term, gt) > 0) &&
    (lte === null || compareTerms(term, lte) <= 0) &&
    (lt === null || compareTerms(term, lt) < 0);
  return {
    type: "scan",
    field: target.number,
    from: typeof from === "string" ? keyStart(from) : from,
    isPast: (term) => highs.some((bound) => compareTerms(term, bound) > 0),
    accepts: isText ? (term) => String(term).length <= target.limit && accepts(term) : accepts,
    isSparse: false,
  };
}

function readBound(target: Target, name: string, bound: Scalar, problems: string[]): Term {
  if (target.kind === "keyword" || target.kind === "text" || target.kind === "text+keyword")
    return asText(bound);
  const number = target.kind === "boolean" ? asBoolean(bound) : asNumber(target.kind, bound);
  if (number !== null) return number;
  const wanted = target.kind === "boolean" ? "true or false" : "a number";
  problems.push(`${target.name}.${name}: expected ${wanted}, got ${JSON.stringify(bound)}`);
  return 0;
}

/** Documents with a date in a span: those of a list beyond the first are terms. */
export function datesFilter(target: Target, lowMs: number, highMs: number): Filter {
  if (lowMs > highMs) return { type: "none" };
  const others: Filter = {
    type: "scan",
    field: target.number,
    from: lowMs,
    isPast: (term) => Number(term) > highMs,
    accepts: () => true,
    isSparse: false,
  };
  return anyOf([{ type: "dates", field: target.number, lowMs, highMs }, others]);
}

/** A bound that names a day means its first millisecond as `gte` and `lt`, its last as `lte` and `gt`. */
function dateRange(target: Target, bounds: Bounds, problems: string[]): Filter {
  const read = (name: keyof Bounds): DateSpan | null => {
    const bound = bounds[name];
    if (bound === undefined) return null;
    const span = parseDate(bound);
    if (span === null)
      problems.push(
        `${target.name}.${name}: expected a date as ${dateFormats}, got ${JSON.stringify(bound)}`,
      );
    return span;
  };
  const [gte, gt, lte, lt] = [read("gte"), read("gt"), read("lte"), read("lt")];
  const lowMs = Math.max(
    gte?.firstMs ?? Number.NEGATIVE_INFINITY,
    (gt?.lastMs ?? Number.NEGATIVE_INFINITY) + 1,
  );
  const highMs = Math.min(
    lte?.lastMs ?? Number.POSITIVE_INFINITY,
    (lt?.firstMs ?? Number.POSITIVE_INFINITY) - 1,
  );
  return datesFilter(target, lowMs, highMs);
}
