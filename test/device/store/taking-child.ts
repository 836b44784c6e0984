// Takes a gate or a writer lock again and again, and "dies" inside: what it leaves names a process that is gone, so that many meet a
// dead holder at the same time. Usage: taking-child.ts gate|lock DIRECTORY SECONDS. Prints "ready", begins when a file "go" is there,
// prints how often it was inside, and how often of those together with another one.
import { closeSync, existsSync, openSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { readBootId } from "../../../device/clock.ts";
import { enterGate, gateName } from "../../../device/store/gate.ts";
import { describeSelf, StoreLocked, takeWriterLock } from "../../../device/store/lock.ts";

const [mode, directory, seconds] = process.argv.slice(2) as [string, string, string];
const self = describeSelf(readBootId());
const gone = { ...self, pid: 2 ** 22 + 5 };
const inside = join(directory, "inside");
const aside = join(directory, `aside.${process.pid}`);

/** Takes it, and returns how to die inside. null: another one was quicker. */
function take(): (() => void) | null {
  if (mode === "gate") {
    enterGate(directory, 3_600_000);
    return () => {
      symlinkSync(`${gone.pid} ${gone.startTicks} ${gone.bootId}`, aside);
      renameSync(aside, join(directory, gateName));
    };
  }
  try {
    takeWriterLock(directory, self);
  } catch (cause) {
    if (cause instanceof StoreLocked) return null;
    throw cause;
  }
  return () => {
    writeFileSync(aside, JSON.stringify(gone));
    renameSync(aside, join(directory, "writer.lock"));
  };
}

/** Whether nobody else is inside. */
function isAlone(): boolean {
  try {
    closeSync(openSync(inside, "wx"));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw cause;
  }
  rmSync(inside);
  return true;
}

process.stdout.write("ready\n");
while (!existsSync(join(directory, "go"))) await delay(2);
let together = 0;
let rounds = 0;
for (const endMs = performance.now() + Number(seconds) * 1000; performance.now() < endMs; ) {
  const die = take();
  if (die === null) continue;
  if (!isAlone()) together += 1;
  die();
  rounds += 1;
}
process.stdout.write(`${rounds} ${together}\n`);
