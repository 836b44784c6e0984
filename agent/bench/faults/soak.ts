// The soak (F20): everything at once and one over the other, at random; every now and then all is well again and must recover.
import { setTimeout as delay } from "node:timers/promises";
import { pick, type Random } from "../../../device/camera/sim/seeded-random.ts";
import type { Fault } from "./fault.ts";
import { bulkRefusals, linkFaults, refusals, transport } from "./links.ts";
import type { Rig } from "./rig.ts";

const roundsBetweenRests = 12;
const recoveryLimitMs = 150_000;

export const soak: Fault = {
  name: "F20",
  about: "all of it mixed: broker, bucket, index, cameras, stalls and kills, one over the other",
  needs: ["bucket", "index"],
  share: 8,
  perRig: 48,
  rig: { cameras: 2 },
  play: async (rig, { rounds, random, signal, played }) => {
    rig.start();
    await rig.firstFrame();
    for (let round = 1; round <= rounds; round += 1) {
      const hits = await inflictOne(rig, random, signal);
      const isRest = round % roundsBetweenRests === 0 || round === rounds;
      played({ hits, recoveryMs: isRest ? await recover(rig) : null });
    }
  },
};

/** Resolves with how often it was met so far; the fault stays until another takes its place. */
async function inflictOne(rig: Rig, random: Random, signal: AbortSignal): Promise<number> {
  const bucket = rig.bucket!;
  const index = rig.index!;
  const lastsMs = 300 + random() * 1200;
  switch (pick(random, ["broker", "bucket", "bucket", "index", "index", "camera", "stall", "kill"])) {
    case "broker":
      await rig.broker.set(random() < 0.3 ? null : linkFaults(random));
      await delay(lastsMs, undefined, { signal });
      return rig.broker.hits();
    case "bucket":
      await bucket.set(random() < 0.5 ? transport(random) : refusals(random));
      await delay(lastsMs, undefined, { signal });
      return bucket.hits();
    case "index":
      await index.set(random() < 0.5 ? bulkRefusals(random) : refusals(random));
      await delay(lastsMs, undefined, { signal });
      return index.hits();
    case "camera":
      rig.setCamera(
        pick(random, ["cam0", "cam1"]),
        pick(random, ["good", "garbage", "half", "stderr", "frozen"]),
      );
      await delay(lastsMs, undefined, { signal });
      return 1;
    case "stall":
      await rig.stall(lastsMs);
      return 1;
    default:
      await rig.kill();
      rig.start();
      await rig.firstFrame();
      return 1;
  }
}

/** All is well again: how long until broker, bucket and index are reached, ms. */
async function recover(rig: Rig): Promise<number> {
  await rig.faultless();
  const endedNs = Number(process.hrtime.bigint());
  const isReached = (newestNs: number | null): boolean => (newestNs ?? 0) > endedNs;
  await rig.until("everything to be reached again", recoveryLimitMs, () =>
    [rig.bucket!.newestSuccessNs(), rig.index!.newestSuccessNs(), rig.witness.newestWordNs()].every(
      isReached,
    ),
  );
  return (Number(process.hrtime.bigint()) - endedNs) / 1e6;
}
