// Columns of a list by name, in any case and order, and the cells of a row under them.

export type Columns = {
  /** The first of the names that is a column, in the order of the names; null: none is. */
  readonly first: (names: readonly string[]) => string | null;
  readonly has: (name: string) => boolean;
  /** The cell of a row under a column; null: no such column, or the row is shorter. */
  readonly cell: (values: readonly string[], name: string) => string | null;
};

export function columnsOf(names: readonly string[]): Columns {
  const places = new Map<string, number>();
  for (const [place, name] of names.entries()) {
    const key = name.trim().toLowerCase();
    if (!places.has(key)) places.set(key, place);
  }
  return {
    first: (wanted) => wanted.find((name) => places.has(name)) ?? null,
    has: (name) => places.has(name),
    cell: (values, name) => {
      const place = places.get(name);
      return place === undefined ? null : (values[place] ?? null);
    },
  };
}
