// F4: the disk is full. A small file system of its own is filled to the last byte and emptied again, while the agent records on it.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Fault } from "./fault.ts";
import type { Rig } from "./rig.ts";

const recoveryLimitMs = 60_000;
const diskMegabytes = 96;

export const diskFull: Fault = {
  name: "F4",
  about: `a file system of ${diskMegabytes} MB filled to its last byte and emptied again`,
  needs: ["mount"],
  share: 2,
  perRig: 10,
  rig: { fps: 20 },
  play: async (rig, { rounds, random, signal, played }) => {
    mountOn(rig);
    rig.start();
    await rig.firstFrame();
    const filler = join(rig.data, "filler");
    for (let round = 0; round < rounds; round += 1) {
      fill(filler);
      await delay(1000 + random() * 4000, undefined, { signal });
      rmSync(filler, { force: true });
      const endedNs = Number(process.hrtime.bigint());
      const before = rig.framesStored();
      await rig.until("frames after a full disk", recoveryLimitMs, () => rig.framesStored() > before);
      played({ hits: 1, recoveryMs: (Number(process.hrtime.bigint()) - endedNs) / 1e6 });
    }
  },
};

/** Whether this process may mount; tried on a folder that is given. */
export function mayMount(folder: string): boolean {
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], { stdio: "ignore" });
    execFileSync("umount", [folder], { stdio: "ignore" });
    return true;
  } catch {
    return false; // No right to, or no such program.
  }
}

function mountOn(rig: Rig): void {
  mkdirSync(rig.data, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${diskMegabytes}m`, "tmpfs", rig.data]);
  rig.onClose(() => {
    execFileSync("umount", ["-l", rig.data]);
  });
}

/** Takes all that is left. */
function fill(path: string): void {
  const { bavail, bsize } = statfsSync(join(path, ".."));
  let left = bavail * bsize;
  for (let part = 0; left > 0 && part < 1000; part += 1) {
    try {
      writeFileSync(path, Buffer.alloc(Math.min(left, 4 * 2 ** 20)), { flag: "a" });
      left -= 4 * 2 ** 20;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOSPC") return;
      throw cause;
    }
  }
}
