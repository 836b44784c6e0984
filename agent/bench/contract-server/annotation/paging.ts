// Pages of lists: `{items, total, page, size, pages}`.

import { readQuery } from "../bodies.ts";
import type { Call } from "../call.ts";
import { optional, type Problem, type Reader, whole, within } from "../fields.ts";

const limits = {
  page: optional(within(whole, 1), 1),
  size: optional(twice(within(whole, 1, 100)), 50),
};

/** The server checks the size of a page twice, and says so twice. */
function twice(read: Reader<number>): Reader<number> {
  return (value, place) => {
    const problems: Problem[] = [];
    const number = read(value, { ...place, problems });
    place.problems.push(...problems, ...problems);
    return number;
  };
}

export type Paged = {
  readonly of: <Row>(rows: readonly Row[], show: (row: Row) => unknown) => object;
};

/** @throws Refused 422. */
export function readPage(call: Call): Paged {
  const { page, size } = readQuery(call, limits);
  return {
    of: (rows, show) => ({
      items: rows.slice((page - 1) * size, page * size).map(show),
      total: rows.length,
      page,
      size,
      pages: Math.ceil(rows.length / size),
    }),
  };
}

/** Sorted copy by a number; equal ones by id, so that pages do not overlap. */
export function ordered<Row extends { readonly id: number }>(
  rows: readonly Row[],
  by: (row: Row) => number,
  direction: "asc" | "desc",
): readonly Row[] {
  const sign = direction === "asc" ? 1 : -1;
  return rows.toSorted((a, b) => sign * (by(a) - by(b) || a.id - b.id));
}
