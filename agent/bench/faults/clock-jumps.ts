// F5: the wall clock jumps under the running agent (libfaketime): 1970 at boot, hours and years ahead and back; cameras and sending go on.
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pick } from "../../../device/camera/sim/seeded-random.ts";
import type { Fault } from "./fault.ts";

const recoveryLimitMs = 90_000;
/** As libfaketime reads them: an offset, in seconds. */
const offsets = [
  "-3600",
  "+3600",
  "-900",
  "+900",
  "+315360000",
  "-1700000000",
  "+86400",
  "-1",
  "+2",
] as const;

export const clockJumps: Fault = {
  name: "F5",
  about: "the wall clock jumps: seconds, a quarter, hours, a day, ten years, back to the seventies",
  needs: ["faketime"],
  share: 2,
  perRig: 12,
  play: async (rig, { rounds, random, signal, played }) => {
    const file = join(rig.folder, "faketime");
    const jump = (offset: string): void => writeFileSync(file, `${offset}\n`);
    // The machine boots in the seventies.
    jump("-1700000000");
    rig.start({
      env: {
        LD_PRELOAD: findFaketime()!,
        FAKETIME_TIMESTAMP_FILE: file,
        FAKETIME_NO_CACHE: "1",
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
      },
    });
    await rig.firstFrame();
    for (let round = 0; round < rounds; round += 1) {
      const before = rig.framesStored();
      const atNs = Number(process.hrtime.bigint());
      jump(pick(random, offsets));
      await rig.until(
        "frames after a jump of the clock",
        recoveryLimitMs,
        () => rig.framesStored() > before + 2,
      );
      played({ hits: 1, recoveryMs: (Number(process.hrtime.bigint()) - atNs) / 1e6 });
      await delay(300 + random() * 700, undefined, { signal });
    }
    // NTP has come, and the servers take what is signed again.
    jump("+0");
    await rig.stop();
  },
};

/** The library, where Debian and others keep it; null: it is not installed. */
export function findFaketime(): string | null {
  const folders = ["/usr/lib", ...safeList("/usr/lib").map((name) => join("/usr/lib", name))];
  const paths = folders.map((folder) => join(folder, "faketime", "libfaketime.so.1"));
  return paths.find((path) => existsSync(path)) ?? null;
}

function safeList(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // Another system: there is none.
  }
}
