// An agent far from anybody whose store was damaged while it was off: it starts, has what could be read, and says so.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openAgent } from "../../agent/agent.ts";
import { storeFolder } from "../../agent/folders.ts";
import { judgeHealth } from "../../agent/health.ts";
import { agentOptions } from "../fakes/agent.ts";
import { eventually } from "../fakes/eventually.ts";
import { temporaryFolder } from "../fakes/store.ts";

test("openAgent() takes over by itself what can be read of a damaged store, and health and journal say so", async (t) => {
  const data = join(temporaryFolder(t), "data");
  const changes = { sync: { bucket: null, index: null } };
  const first = await openAgent(agentOptions(data, changes));
  const stop = new AbortController();
  const running = first.run(stop.signal);
  await eventually("frames", () => first.figures().stored >= 5);
  stop.abort();
  const { stored, labels } = await running;
  await first.close();
  const path = join(storeFolder(data), "data.mdb");
  const file = readFileSync(path);
  file.fill(0, 0, 8192);
  writeFileSync(path, file);

  const again = await openAgent(agentOptions(data, changes));
  t.after(() => again.close());
  assert.deepEqual([again.store.frames.count(), again.store.labels.count()], [stored, labels]);
  assert.equal(again.store.id, first.store.id);
  const [salvage] = again.store.journal.newest(10).filter(({ act }) => act === "store.salvaged");
  assert.match(String(salvage!.details.keptAs), /data\.mdb\.damaged-/);
  assert.ok(judgeHealth(again).warnings.some(({ message }) => /damaged/.test(message)));
  await again.close();
});
