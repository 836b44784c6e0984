// F7 to F10 and F13: faults on the way to broker, bucket and index, many within one life of the agent.
import { setTimeout as delay } from "node:timers/promises";
import { pick, type Random } from "../../../device/camera/sim/seeded-random.ts";
import type { Fault, PlayTools, Round } from "./fault.ts";
import type { HttpProxy, ServerFault } from "./http-proxy.ts";
import type { Rig } from "./rig.ts";
import type { LinkFault } from "./tcp-proxy.ts";

/** A way on which faults are played one after the other. */
type Way = {
  readonly name: string;
  readonly begin: () => Promise<void>;
  readonly end: () => Promise<void>;
  readonly hits: () => number;
  /** Monotonic ns of the newest thing that went the whole way. */
  readonly newestNs: () => number | null;
};

/** A fault lasts this long, ms; longer where nothing has met it yet. */
const lastsMs = { least: 150, most: 1200 } as const;
const hitLimitMs = 8_000;
/** Recovery beyond this is none: idle limits are 60 s, and the wait after some failures is added. */
const recoveryLimitMs = 150_000;

export const transport = (random: Random): ServerFault =>
  pick<ServerFault>(random, [
    { kind: "refuse", share: 1 },
    { kind: "hole", share: 1 },
    { kind: "cut body", share: 1 },
    { kind: "cut answer", share: 1 },
    { kind: "garbage", share: 1 },
    { kind: "slow", bytesPerSecond: 8000, share: 1 },
    // Seldom: only the sender's own limit of 60 s ends it.
    ...(random() < 0.1 ? [{ kind: "silence", share: 0.5 } as const] : []),
  ]);

export const refusals = (random: Random): ServerFault => ({
  kind: "status",
  status: pick(random, [500, 503, 429]),
  retryAfterSeconds: random() < 0.3 ? 1 : null,
  share: pick(random, [0.3, 1]),
});

export const bulkRefusals = (random: Random): ServerFault =>
  pick<ServerFault>(random, [
    { kind: "half bulk", share: 1 },
    { kind: "too large", actions: 1, share: 1 },
    { kind: "status", status: 429, retryAfterSeconds: null, share: 1 },
    { kind: "cut answer", share: 1 },
    { kind: "garbage", share: 1 },
    { kind: "refuse", share: 1 },
    { kind: "hole", share: 1 },
  ]);

const repeats = (random: Random): ServerFault =>
  pick<ServerFault>(random, [
    { kind: "lost answer", share: 1 },
    { kind: "twice", share: 1 },
  ]);

export const linkFaults = (random: Random): LinkFault =>
  pick<LinkFault>(random, [
    { kind: "refuse" },
    { kind: "hole" },
    { kind: "reset" },
    { kind: "cut" },
    { kind: "deaf" },
    { kind: "slow", bytesPerSecond: 8000 },
    ...(random() < 0.15 ? [{ kind: "dead" } as const] : []),
  ]);

export const brokerFlaps: Fault = {
  name: "F7",
  about: "broker: refused, swallowed, reset, cut, deaf, slow, half-open, flapping",
  needs: [],
  share: 22,
  perRig: 80,
  play: (rig, tools) => playWays(rig, tools, [brokerWay(rig, tools.random)]),
};

export const serverRefuses: Fault = {
  name: "F8",
  about: "bucket and index: 500, 503, 429, with and without Retry-After, for some or all",
  needs: ["bucket", "index"],
  share: 18,
  perRig: 80,
  play: (rig, tools) => playWays(rig, tools, httpWays(rig, refusals, tools.random)),
};

export const transportFails: Fault = {
  name: "F9",
  about: "bucket: refused, black hole, reset in mid body, cut answer, 200 with garbage, 8 kB/s, silence",
  needs: ["bucket"],
  share: 18,
  perRig: 60,
  play: (rig, tools) => playWays(rig, tools, [httpWay("bucket", rig.bucket!, transport, tools.random)]),
};

export const bulkFails: Fault = {
  name: "F10",
  about: "index: half of a bulk refused, 413, 429, garbage, cut, refused, black hole",
  needs: ["index"],
  share: 12,
  perRig: 60,
  play: (rig, tools) => playWays(rig, tools, [httpWay("index", rig.index!, bulkRefusals, tools.random)]),
};

export const answersLost: Fault = {
  name: "F13",
  about: "bucket and index: carried out and the answer lost, or carried out twice",
  needs: ["bucket", "index"],
  share: 10,
  perRig: 80,
  play: (rig, tools) => playWays(rig, tools, httpWays(rig, repeats, tools.random)),
};

/** Plays faults on the ways in turn, so that what one does is not taken for the other's recovery. */
async function playWays(rig: Rig, tools: PlayTools, ways: readonly Way[]): Promise<void> {
  const { rounds, random, signal, played } = tools;
  rig.start();
  await rig.firstFrame();
  for (const way of ways)
    await rig.until(`the first word to the ${way.name}`, recoveryLimitMs, () => way.newestNs() !== null);
  for (let round = 0; round < rounds; round += 1) {
    const way = ways[round % ways.length]!;
    played(await playOne(rig, way, random, signal));
    await delay(random() * 200, undefined, { signal });
  }
}

async function playOne(rig: Rig, way: Way, random: Random, signal: AbortSignal): Promise<Round> {
  await way.begin();
  await delay(lastsMs.least + random() * (lastsMs.most - lastsMs.least), undefined, { signal });
  const limitNs = Number(process.hrtime.bigint()) + hitLimitMs * 1e6;
  while (way.hits() === 0 && Number(process.hrtime.bigint()) < limitNs)
    await delay(20, undefined, { signal });
  const hits = way.hits();
  await way.end();
  const endedNs = Number(process.hrtime.bigint());
  await rig.until(
    `the ${way.name} to be reached again`,
    recoveryLimitMs,
    () => (way.newestNs() ?? 0) > endedNs,
  );
  return { hits, recoveryMs: (way.newestNs()! - endedNs) / 1e6 };
}

function httpWays(rig: Rig, choose: (random: Random) => ServerFault, random: Random): readonly Way[] {
  return [httpWay("bucket", rig.bucket!, choose, random), httpWay("index", rig.index!, choose, random)];
}

function httpWay(
  name: string,
  proxy: HttpProxy,
  choose: (random: Random) => ServerFault,
  random: Random,
): Way {
  return {
    name,
    begin: () => proxy.set(choose(random)),
    end: () => proxy.set(null),
    hits: proxy.hits,
    newestNs: proxy.newestSuccessNs,
  };
}

function brokerWay({ broker, witness }: Rig, random: Random): Way {
  return {
    name: "broker",
    begin: async () => {
      await broker.set(linkFaults(random));
      // Sometimes it flaps: gone and back again within the fault.
      if (random() < 0.3) {
        await delay(random() * 300);
        await broker.set(null);
        await delay(random() * 300);
        await broker.set(linkFaults(random));
      }
    },
    end: () => broker.set(null),
    hits: broker.hits,
    newestNs: witness.newestWordNs,
  };
}
