// Counts must build on what their transaction builds on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createCounters } from "../../../device/store/counters.ts";
import type { Table } from "../../../device/store/table.ts";

test("createCounters() counts from what the first transaction sees, not from what was read before it", () => {
  const values = new Map([["waiting", 3]]);
  const table = {
    range: () => [...values].map(([key, value]) => ({ key, value })),
    get: (key: string) => values.get(key) ?? null,
    put: (key: string, value: number) => void values.set(key, value),
  } as unknown as Table<string, number>;
  const { counters, transaction } = createCounters(table, { soleWriter: true });
  assert.equal(counters.get("waiting"), 3);
  // The commit that was seen at the opening was never finished: ten wait.
  values.set("waiting", 10);
  transaction.begin();
  counters.add("waiting", -7);
  transaction.write();
  transaction.confirm();
  assert.deepEqual([values.get("waiting"), counters.get("waiting")], [3, 3]);
});
