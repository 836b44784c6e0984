import assert from "node:assert/strict";
import { test } from "node:test";
import { type Page, readByOffset, readPages } from "../../../sync/clients/service-pages.ts";

type Row = { readonly id: number };
const rowsOf = (count: number): Row[] => Array.from({ length: count }, (_, at) => ({ id: at + 1 }));

/** A list as the service pages it, two rows a page. */
const pageOf = (rows: readonly Row[], page: number): Page<Row> => ({
  items: rows.slice((page - 1) * 2, page * 2),
  total: rows.length,
  pages: Math.ceil(rows.length / 2),
});

async function idsOf(rows: AsyncIterable<Row>): Promise<number[]> {
  const ids: number[] = [];
  for await (const { id } of rows) ids.push(id);
  return ids;
}

test("readPages() gives every row once, of none, one, full and short pages", async () => {
  for (const count of [0, 1, 2, 3, 4, 7]) {
    const asked: number[] = [];
    const ids = await idsOf(
      readPages(async (page) => {
        asked.push(page);
        return pageOf(rowsOf(count), page);
      }, "GET list"),
    );
    assert.deepEqual(
      ids,
      rowsOf(count).map(({ id }) => id),
    );
    assert.equal(asked.length, Math.max(1, Math.ceil(count / 2)));
  }
});

test("readPages() asks for the next page only when it is wanted", async () => {
  let asked = 0;
  const rows = readPages(async (page) => {
    asked += 1;
    return pageOf(rowsOf(6), page);
  }, "GET list");
  for await (const { id } of rows) if (id === 2) break;
  assert.equal(asked, 1);
});

test("readPages() reads again for what a removal moved to a page that was read", async () => {
  let rows = rowsOf(5);
  const ids = await idsOf(
    readPages(async (page) => {
      const answer = pageOf(rows, page);
      // The fourth row goes before the third page is read: the fifth now stands on the second.
      if (page === 2) rows = rows.filter(({ id }) => id !== 4);
      return answer;
    }, "GET list"),
  );
  assert.deepEqual(ids, [1, 2, 3, 4, 5]);
});

test("readPages() does not read a page that is always the same for ever, and says that rows are missing", async () => {
  let asked = 0;
  const rows = readPages(async () => {
    asked += 1;
    return { items: rowsOf(2), total: 6, pages: 3 };
  }, "GET list");
  await assert.rejects(idsOf(rows), { kind: "retryable", message: /GET list: .* got 2 of 6 rows/ });
  assert.equal(asked, 9);
});

test("readPages() gives up on a service that always has one page more", async () => {
  let asked = 0;
  const rows = readPages(async (page) => {
    asked += 1;
    return { items: [{ id: page }], total: page + 1, pages: page + 1 };
  }, "GET list");
  await assert.rejects(idsOf(rows), { kind: "permanent", message: /GET list: .* at most 10000 pages/ });
  assert.equal(asked, 10_000);
});

test("readByOffset() reads to the short piece, and no further than the limit", async () => {
  const read = (count: number, limit?: number) => {
    const asked: [number, number][] = [];
    const rows = readByOffset(
      async (offset, size) => {
        asked.push([offset, size]);
        return rowsOf(count).slice(offset, offset + size);
      },
      { pieceRows: 3, ...(limit === undefined ? {} : { limit }) },
    );
    return rows.then((all) => ({ ids: all.map(({ id }) => id), asked }));
  };
  assert.deepEqual(await read(7), {
    ids: [1, 2, 3, 4, 5, 6, 7],
    asked: [
      [0, 3],
      [3, 3],
      [6, 3],
    ],
  });
  assert.deepEqual(await read(6), {
    ids: [1, 2, 3, 4, 5, 6],
    asked: [
      [0, 3],
      [3, 3],
      [6, 3],
    ],
  });
  assert.deepEqual(await read(9, 4), {
    ids: [1, 2, 3, 4],
    asked: [
      [0, 3],
      [3, 1],
    ],
  });
  assert.deepEqual(await read(0), { ids: [], asked: [[0, 3]] });
  assert.deepEqual(await read(9, 0), { ids: [], asked: [] });
});

test("readByOffset() ends at a service that ignores the offset, and gives each row once", async () => {
  let asked = 0;
  const rows = await readByOffset(
    async (_offset, size) => {
      asked += 1;
      return rowsOf(3).slice(0, size);
    },
    { pieceRows: 3, limit: 30 },
  );
  assert.deepEqual(rows, rowsOf(3));
  assert.equal(asked, 2);
});

test("readByOffset() gives a row once that a new one pushed into the next piece", async () => {
  let rows = rowsOf(6);
  const read = await readByOffset(
    async (offset, size) => {
      const piece = rows.slice(offset, offset + size);
      if (offset === 0) rows = [{ id: 99 }, ...rows];
      return piece;
    },
    { pieceRows: 3 },
  );
  assert.deepEqual(
    read.map(({ id }) => id),
    [1, 2, 3, 4, 5, 6],
  );
});
