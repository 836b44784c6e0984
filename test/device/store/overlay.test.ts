import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { overlayTable } from "../../../device/store/overlay.ts";
import { openTestStore } from "../../fakes/store.ts";

type Key = ["frame" | "individual", string, string];

test("overlayTable() shows what the table would be after the same writes, which never happen", async (t) => {
  const store = openTestStore(t);
  const table = store.seen.sightingsOf;
  const key = fc.tuple(
    fc.constantFrom("frame" as const, "individual" as const),
    fc.constantFrom("a", "b", "ä", ""),
    fc.constantFrom("1", "10", "2"),
  );
  const act = fc.tuple(key, fc.boolean());
  const range = fc.record({
    start: fc.option(key, { nil: undefined }),
    end: fc.option(key, { nil: undefined }),
    reverse: fc.boolean(),
    limit: fc.option(fc.nat(8), { nil: undefined }),
  });
  const clear = async (): Promise<void> => {
    await store.commit(() => {
      for (const each of [...table.keys()]) table.remove(each);
    });
  };
  const apply = (
    to: Pick<typeof table, "put" | "remove">,
    acts: readonly (readonly [Key, boolean])[],
  ): void => {
    for (const [each, isPut] of acts) {
      if (isPut) to.put(each, true);
      else to.remove(each);
    }
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(act),
      fc.array(act),
      range,
      async (below, above, { start, end, reverse, limit }) => {
        await clear();
        await store.commit(() => apply(table, below as [Key, boolean][]));
        const before = [...table.keys()];
        const overlay = overlayTable("overlay", table);
        apply(overlay, above as [Key, boolean][]);
        assert.deepEqual([...table.keys()], before);
        const bounds = {
          reverse,
          ...(start === undefined ? {} : { start: start as Key }),
          ...(end === undefined ? {} : { end: end as Key }),
          ...(limit === undefined ? {} : { limit }),
        };
        const would = [...overlay.keys(bounds)];
        assert.deepEqual(
          [...overlay.range(bounds)].map(({ key: each }) => each),
          would,
        );
        await store.commit(() => apply(table, above as [Key, boolean][]));
        assert.deepEqual(would, [...table.keys(bounds)]);
      },
    ),
    { numRuns: 60 },
  );
});

test("overlayTable() over nothing is a table of its own", () => {
  const overlay = overlayTable<string, number>("alone", null);
  overlay.put("a", 1);
  overlay.put("a", 2);
  assert.deepEqual(
    [overlay.get("a"), overlay.has("b"), overlay.remove("a"), overlay.remove("a")],
    [2, false, true, false],
  );
  assert.deepEqual([...overlay.keys()], []);
});
