// The writer lock: who holds it is named, who is gone does not hold it.
import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  describeSelf,
  type LockHolder,
  StoreLocked,
  takeWriterLock,
  writerOf,
} from "../../../device/store/lock.ts";
import { temporaryFolder } from "../../fakes/store.ts";

const self = describeSelf("boot");
const linux = process.platform !== "linux" && "start times of processes need /proc";

test("takeWriterLock() refuses a second holder by name, and is free after release, which may be called twice", (t) => {
  const directory = temporaryFolder(t);
  const lock = takeWriterLock(directory, self);
  assert.equal(writerOf(directory, "boot")?.pid, process.pid);
  assert.throws(
    () => takeWriterLock(directory, self),
    (error: Error) =>
      error instanceof StoreLocked && error.message.includes(`process ${process.pid} (${self.command})`),
  );
  lock.release();
  lock.release();
  assert.equal(writerOf(directory, "boot"), null);
  takeWriterLock(directory, self).release();
  assert.deepEqual(readdirSync(directory), []);
});

const gone: [string, Partial<LockHolder>][] = [
  ["a process that is gone", { pid: 2 ** 22 + 5 }],
  ["a process whose number another one has now", { startTicks: "1" }],
  ["another boot", { bootId: "before" }],
];
for (const [who, changes] of gone) {
  test(`takeWriterLock() takes over from ${who}`, { skip: linux }, (t) => {
    const directory = temporaryFolder(t);
    writeFileSync(join(directory, "writer.lock"), JSON.stringify({ ...self, ...changes }));
    const lock = takeWriterLock(directory, self);
    assert.equal(writerOf(directory, "boot")?.startTicks, self.startTicks);
    lock.release();
    assert.deepEqual(readdirSync(directory), []);
  });
}

test("takeWriterLock() takes over a lock file that a power cut tore", (t) => {
  for (const torn of ["", "{", "\0\0\0"]) {
    const directory = temporaryFolder(t);
    writeFileSync(join(directory, "writer.lock"), torn);
    takeWriterLock(directory, self).release();
    assert.deepEqual(readdirSync(directory), []);
  }
});

test("release() leaves a lock that is another's by now", { skip: linux }, (t) => {
  const directory = temporaryFolder(t);
  const lock = takeWriterLock(directory, self);
  writeFileSync(join(directory, "writer.lock"), JSON.stringify({ ...self, pid: 1, startTicks: "x" }));
  lock.release();
  assert.deepEqual(readdirSync(directory), ["writer.lock"]);
});
