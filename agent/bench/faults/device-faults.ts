// F14, F15 and F17: the pad, the cameras and the processor of the device itself.
import { setTimeout as delay } from "node:timers/promises";
import { pick, type Random } from "../../../device/camera/sim/seeded-random.ts";
import type { Fault, PlayTools, Round } from "./fault.ts";
import type { Rig } from "./rig.ts";
import { readTruth } from "./truth.ts";

const recoveryLimitMs = 90_000;

export const padFails: Fault = {
  name: "F14",
  about: "gamepad: pulled, silent, a storm of events, half packets; cameras go on",
  needs: [],
  share: 3,
  perRig: 20,
  play: (rig, tools) =>
    inOneLife(rig, tools, async (random, signal) => {
      const before = rig.framesStored();
      const fault = pick(random, ["unplug", "storm", "half"]);
      if (fault === "unplug") rig.pad.unplug();
      if (fault === "half") rig.pad.say(Buffer.from([1, 2, 3]));
      if (fault === "storm")
        for (let n = 0; n < 50; n += 1) {
          rig.pad.say(Buffer.alloc(8 * 200, Math.floor(random() * 256)));
          await delay(10, undefined, { signal });
        }
      await delay(200 + random() * 800, undefined, { signal });
      const endedNs = nowNs();
      // Only a new connection begins at the beginning of a packet again.
      rig.pad.unplug();
      await delay(100, undefined, { signal });
      rig.pad.plug();
      await rig.until("frames beside a failing pad", recoveryLimitMs, () => rig.framesStored() > before);
      return { hits: 1, recoveryMs: (nowNs() - endedNs) / 1e6 };
    }),
};

export const camerasFail: Fault = {
  name: "F15",
  about: "camera: nothing, the same picture, garbage, half pictures, a talking stderr, gone again and again",
  needs: [],
  share: 4,
  perRig: 15,
  rig: { cameras: 2 },
  play: (rig, tools) =>
    inOneLife(rig, tools, async (random, signal) => {
      const [camera, other] =
        random() < 0.5 ? [rig.cameras[0]!, rig.cameras[1]!] : [rig.cameras[1]!, rig.cameras[0]!];
      const count = (name: string): number =>
        readTruth(rig.cameraFolder).filter((frame) => frame.camera === name).length;
      const otherBefore = count(other);
      rig.setCamera(camera, pick(random, ["garbage", "half", "stall", "frozen", "stderr", "eof"]));
      // Past the 2 s after which a camera without pictures is started again.
      await delay(500 + random() * 3500, undefined, { signal });
      await rig.until(
        `${other} to go on beside ${camera}`,
        recoveryLimitMs,
        () => count(other) > otherBefore,
      );
      rig.setCamera(camera, "good");
      const endedNs = nowNs();
      const before = count(camera);
      await rig.until(`${camera} to give pictures again`, recoveryLimitMs, () => count(camera) > before + 1);
      return { hits: 1, recoveryMs: (nowNs() - endedNs) / 1e6 };
    }),
};

export const processStalls: Fault = {
  name: "F17",
  about: "the whole process stands for 200 to 2000 ms",
  needs: [],
  share: 4,
  perRig: 40,
  play: (rig, tools) =>
    inOneLife(rig, tools, async (random) => {
      await rig.stall(200 + random() * 1800);
      const endedNs = nowNs();
      const before = rig.framesStored();
      await rig.until("frames after a stall", recoveryLimitMs, () => rig.framesStored() > before);
      return { hits: 1, recoveryMs: (nowNs() - endedNs) / 1e6 };
    }),
};

async function inOneLife(
  rig: Rig,
  { rounds, random, signal, played }: PlayTools,
  playOne: (random: Random, signal: AbortSignal) => Promise<Round>,
): Promise<void> {
  rig.start();
  await rig.firstFrame();
  for (let round = 0; round < rounds; round += 1) played(await playOne(random, signal));
}

function nowNs(): number {
  return Number(process.hrtime.bigint());
}
