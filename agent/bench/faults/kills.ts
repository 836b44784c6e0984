// F1 and F2: kill -9 while it captures, and at chosen moments of an upload.
import { setTimeout as delay } from "node:timers/promises";
import { pick } from "../../../device/camera/sim/seeded-random.ts";
import type { Fault } from "./fault.ts";
import type { Rig } from "./rig.ts";

/** The latest kill after the first frame of a life, ms. */
const maxLifeMs = 1500;
const uploadMoments = ["begun", "half", "answered"] as const;

export const killWhileCapturing: Fault = {
  name: "F1",
  about: "kill -9 during capture",
  needs: [],
  share: 10,
  perRig: 30,
  rig: { cameras: 2, fps: 20 },
  play: (rig, tools) =>
    eachLife(rig, tools, () => delay(tools.random() * maxLifeMs, undefined, { signal: tools.signal })),
};

export const killWhileSending: Fault = {
  name: "F2",
  about: "kill -9 during upload: as a write begins, in its middle, as it was answered",
  needs: ["bucket"],
  share: 6,
  perRig: 30,
  rig: { fps: 20 },
  play: (rig, tools) =>
    eachLife(rig, tools, async () => {
      const proxy = tools.random() < 0.7 || rig.index === null ? rig.bucket! : rig.index;
      const moment = pick(tools.random, uploadMoments);
      let left = 1 + Math.floor(tools.random() * 5);
      await new Promise<void>((resolve, reject) => {
        tools.signal.addEventListener("abort", () => reject(tools.signal.reason), { once: true });
        const leave = proxy.onWrite((now) => {
          if (now !== moment) return;
          left -= 1;
          if (left > 0) return;
          leave();
          resolve();
        });
      });
    }),
};

/** Starts a life, waits until it records, then for its moment, and kills it; recovery is the way to the first frame on disk. */
async function eachLife(
  rig: Rig,
  { rounds, played }: Parameters<Fault["play"]>[1],
  untilKill: () => Promise<void>,
): Promise<void> {
  for (let round = 0; round <= rounds; round += 1) {
    rig.start();
    const recoveryMs = await rig.firstFrame();
    // The first life follows no kill.
    if (round > 0) played({ hits: 1, recoveryMs });
    if (round === rounds) break;
    await untilKill();
    await rig.kill();
  }
}
