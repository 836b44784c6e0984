// A second process at a store, driven by its parent. Usage: store-child.ts read|hold|record DIRECTORY
//   read:   for every line on stdin, prints "<frames> <frames whose picture is whole>"
//   hold:   opens the store for writing, prints "open", and waits to be killed
//   record: keeps frames as fast as it can, prints "<n>" for each that is acknowledged, until it is killed
import { createInterface } from "node:readline";
import { setTimeout as nextTurn } from "node:timers/promises";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { sha256Hex } from "../../device/store/frames.ts";
import { openStore } from "../../device/store/store.ts";
import { frameEntry } from "./store.ts";

const [mode, directory] = process.argv.slice(2) as [string, string];
const store = openStore({
  directory,
  clock: createSystemClock(),
  log: silentLog,
  readOnly: mode === "read",
  commitWindowMs: 5,
});

if (mode === "read") {
  for await (const _ of createInterface({ input: process.stdin })) {
    // A reader holds its snapshot for one event turn.
    await nextTurn(2);
    const frames = [...store.frames.range()];
    const whole = frames.filter(({ imgId, sha256 }) => sha256Hex(store.frames.picture(imgId)!) === sha256);
    process.stdout.write(`${frames.length} ${whole.length}\n`);
  }
  await store.close();
} else if (mode === "hold") {
  process.stdout.write("open\n");
  setInterval(() => undefined, 1000);
} else {
  for (let n = store.frames.count(); ; n += 1) {
    // The next is made while this one is on its way, so that kills hit groups of several.
    const kept = store.keep(frameEntry(n, { size: 9000, pictureTargets: ["a"], labelTargets: ["b"] }));
    void kept.then(() => process.stdout.write(`${n}\n`));
    if (n % 4 === 3) await kept;
  }
}
