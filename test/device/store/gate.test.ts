// The gate of a store: one process at a time opens or closes its environment, and no dead one keeps the others out.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readBootId } from "../../../device/clock.ts";
import { openEnvironment } from "../../../device/store/environment.ts";
import { enterGate, gateName } from "../../../device/store/gate.ts";
import { startChild } from "../../fakes/child.ts";
import { temporaryFolder } from "../../fakes/store.ts";

const linux = process.platform !== "linux" && "start times of processes need /proc";

test("enterGate() names who is inside until it leaves, lets the same process in again, and does not wait for itself", (t) => {
  const directory = temporaryFolder(t);
  const leave = enterGate(directory);
  assert.match(readlinkSync(join(directory, gateName)), new RegExp(`^${process.pid} `));
  enterGate(directory)();
  assert.deepEqual(readdirSync(directory), [gateName]);
  leave();
  leave();
  assert.deepEqual(readdirSync(directory), []);
});

const dead: readonly [string, string][] = [
  ["a process that was killed inside", `${2 ** 22 + 5} 77 ${readBootId()}`],
  ["a process whose number another one has now", `${process.pid} 1 ${readBootId()}`],
  ["another boot", `${process.pid} 1 00000000-0000-0000-0000-000000000000`],
  ["nobody", "nonsense"],
];
for (const [who, inside] of dead) {
  test(`enterGate() does not wait for ${who}`, { skip: linux }, (t) => {
    const directory = temporaryFolder(t);
    symlinkSync(inside, join(directory, gateName));
    const leave = enterGate(directory, 3_600_000);
    assert.match(readlinkSync(join(directory, gateName)), new RegExp(`^${process.pid} `));
    leave();
    assert.deepEqual(readdirSync(directory), []);
  });
}

test("enterGate() does not wait for those who were killed while they removed one that was killed", {
  skip: linux,
}, (t) => {
  const directory = temporaryFolder(t);
  const inside = `${2 ** 22 + 5} 77 ${readBootId()}`;
  for (const name of ["", ".removing", ".removing.removing"])
    symlinkSync(inside, join(directory, `${gateName}${name}`));
  enterGate(directory, 3_600_000)();
  assert.deepEqual(readdirSync(directory), []);
});

test("enterGate() waits for who is alive, not for ever, and then leaves the gate as it is", {
  skip: linux,
}, (t) => {
  const directory = temporaryFolder(t);
  const stat = readFileSync(`/proc/${process.ppid}/stat`, "utf8");
  const inside = `${process.ppid} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]} ${readBootId()}`;
  symlinkSync(inside, join(directory, gateName));
  const startMs = performance.now();
  enterGate(directory, 60)();
  assert.ok(performance.now() - startMs >= 60);
  assert.equal(readlinkSync(join(directory, gateName)), inside);
});

test("enterGate() goes on where no gate can be made", (t) => {
  enterGate(join(temporaryFolder(t), "missing"))();
});

test("openEnvironment() never fails while other processes open, close and die at the same store", async (t) => {
  const directory = temporaryFolder(t);
  await openEnvironment(directory).close();
  const start = (mode: string, rounds: number) =>
    startChild(t, "../device/store/opening-child.ts", [mode, directory, String(rounds)]);
  const lasting = [start("write", 25), start("read", 40), start("read", 40)];
  // Meanwhile others are killed wherever they are.
  const others = (async () => {
    for (let kills = 0; kills < 2; kills += 1) {
      const child = start("read", 1_000_000);
      await child.line();
      await new Promise((resolve) => setTimeout(resolve, 20 * kills));
      await child.kill();
    }
  })();
  for (const child of lasting) {
    await child.line();
    assert.equal(await child.line(), "[]");
    assert.equal((await child.ended).code, 0);
  }
  await others;
  const last = openEnvironment(directory);
  assert.equal(last.table<string>("a").get("key")?.toString(), "24");
  await last.close();
});
