// Nobody reads on (`outrider run | head -1`): what is under way ends in order, and that is no failure.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { openStore } from "../../device/store/store.ts";
import { temporaryFolder } from "../fakes/store.ts";
import { theProgram } from "../fakes/the-program.ts";

test("a verb whose output nobody reads any more ends its store in order, with 0", async (t) => {
  const folder = temporaryFolder(t);
  const data = join(folder, "data");
  const [node, ...program] = theProgram as [string, ...string[]];
  const words = ["run", "--camera", "sim:track", "--no-mqtt", "--data", data, "--for", "4s"];
  const child = spawn(node, [...program, ...words], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (text: Buffer) => {
    stderr += text;
  });
  child.stdout.destroy();
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  assert.deepEqual([code, signal], [0, null], stderr);
  const directory = join(data, "store");
  assert.ok(!existsSync(join(directory, "writer.lock")), "the store was closed");
  const store = openStore({ directory, clock: createSystemClock(), log: silentLog, readOnly: true });
  await store.close();
});
