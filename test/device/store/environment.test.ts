// Closing an environment waits for what is being written: nobody ends in the middle of a commit who closed first.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openEnvironment } from "../../../device/store/environment.ts";
import { temporaryFolder } from "../../fakes/store.ts";

test("close() waits for the writes under way, also for those that fail, and refuses later ones", async (t) => {
  const directory = temporaryFolder(t);
  const environment = openEnvironment(directory);
  const table = environment.table<string>("a");
  const ends: string[] = [];
  const put = (key: string): Promise<void> =>
    environment
      .write(() => {
        void table.put(key, Buffer.alloc(100_000, key));
        if (key === "bad") throw new Error("no");
      })
      .then(
        () => void ends.push(key),
        () => void ends.push(`refused ${key}`),
      );
  void put("one");
  void put("bad");
  void put("two");
  await environment.close();
  assert.deepEqual(ends.sort(), ["one", "refused bad", "two"]);
  await assert.rejects(
    environment.write(() => undefined),
    /is closed/,
  );
  const again = openEnvironment(directory, { readOnly: true });
  t.after(again.close);
  const read = again.table<string>("a");
  assert.deepEqual(
    ["one", "bad", "two"].map((key) => read.get(key)?.length),
    [100_000, undefined, 100_000],
  );
});

test("a read while it closes is refused there and then, and throws nothing into the program a moment later", async (t) => {
  const directory = temporaryFolder(t);
  const environment = openEnvironment(directory);
  const table = environment.table<string>("a");
  await environment.write(() => void table.put("one", Buffer.from("1")));
  const bytes = environment.fileBytes();
  const writing = environment.write(() => {
    void table.put("two", Buffer.from(table.get("one") ?? "nothing"));
  });
  let isOver = false;
  const closing = environment.close().then(() => {
    isOver = true;
  });
  const refusals = new Set<string>();
  while (!isOver) {
    assert.ok(environment.fileBytes() >= bytes);
    try {
      table.get("one");
    } catch (cause) {
      refusals.add((cause as Error).message);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all([writing, closing]);
  assert.throws(() => table.get("one"), /is closed/);
  for (const refusal of refusals) assert.match(refusal, /is closed/);
  assert.ok(environment.fileBytes() >= bytes);
  const again = openEnvironment(directory, { readOnly: true });
  t.after(again.close);
  assert.equal(again.table<string>("a").get("two")?.toString(), "1");
});
