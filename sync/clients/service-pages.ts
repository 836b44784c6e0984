// Lists that come in pieces, read to their end although rows come and go meanwhile.
import { SyncError } from "../errors.ts";

export type Page<Row> = { readonly items: readonly Row[]; readonly total: number; readonly pages: number };

const maxPasses = 3;
/** A million rows: whoever always has one more is broken. */
const maxPages = 10_000;

/**
 * Rows of a list in numbered pages (from 1), each once. Rows that are removed meanwhile move others to a page that was read: when the
 * service's count falls, or fewer came than it counts, the pages are read again for the rest.
 * @throws SyncError retryable when rows are missing after three passes, permanent when there is no end of pages.
 */
export async function* readPages<Row extends { readonly id: number }>(
  fetchPage: (page: number) => Promise<Page<Row>>,
  doing: string,
): AsyncGenerator<Row> {
  const seen = new Set<number>();
  let total = 0;
  for (let pass = 1; pass <= maxPasses; pass += 1) {
    let hasFallen = false;
    for (let page = 1, pages = 1; page <= pages; page += 1) {
      if (page > maxPages)
        throw new SyncError("permanent", `${doing}: expected a list of at most ${maxPages} pages, got more`);
      const answer = await fetchPage(page);
      if (page > 1 && answer.total < total) hasFallen = true;
      ({ total, pages } = answer);
      const fresh = answer.items.filter(({ id }) => !seen.has(id));
      for (const row of fresh) {
        seen.add(row.id);
        yield row;
      }
      if (answer.items.length === 0) break;
    }
    if (seen.size >= total && !hasFallen) return;
  }
  if (seen.size >= total) return;
  throw new SyncError(
    "retryable",
    `${doing}: the list changes while it is read: got ${seen.size} of ${total} rows`,
  );
}

/**
 * Rows of a list by offset, each once, until a piece is short or `limit` rows are there. A service that ignores the offset gives
 * the same rows again, which ends it too.
 */
export async function readByOffset<Row extends { readonly id: number }>(
  fetchFrom: (offset: number, size: number) => Promise<readonly Row[]>,
  { pieceRows, limit = Number.POSITIVE_INFINITY }: { readonly pieceRows: number; readonly limit?: number },
): Promise<readonly Row[]> {
  const rows = new Map<number, Row>();
  for (let offset = 0; rows.size < limit; ) {
    const size = Math.min(pieceRows, limit - rows.size);
    const piece = await fetchFrom(offset, size);
    const before = rows.size;
    for (const row of piece) if (!rows.has(row.id)) rows.set(row.id, row);
    if (piece.length < size || rows.size === before) break;
    offset += piece.length;
  }
  return [...rows.values()].slice(0, limit);
}
