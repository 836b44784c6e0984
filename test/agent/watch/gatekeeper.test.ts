import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../../agent/config.ts";
import { createGatekeeper } from "../../../agent/watch/gatekeeper.ts";
import type { CapturedFrame } from "../../../device/frame.ts";
import { bytesOf } from "../../fakes/store.ts";

type Setup = {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly looksAtAll?: boolean;
  readonly isExpecting?: () => boolean;
};

function setUp({ settings = {}, looksAtAll = false, isExpecting = () => false }: Setup = {}) {
  const config = parseConfig({ cameras: [{ watch: settings }] }, "test");
  const verdicts: boolean[] = [];
  let grey = (_n: number): Uint8Array => new Uint8Array(64 * 48).fill(90);
  const gatekeeper = createGatekeeper({
    settings: config.cameras[0]!.watch,
    motion: config.watch.motion,
    looksAtAll,
    decodeGrey: async (bytes) => grey(bytes[0]!),
    daylightAt: () => "unknown",
    isExpecting,
    onFrozen: ({ frozen }) => verdicts.push(frozen),
  });
  /** A frame at a second; its bytes follow from `n`. */
  const judge = (second: number, n = second) =>
    gatekeeper.judge({
      camera: "post",
      sequence: n,
      moment: {
        wallUs: Date.parse("2024-05-03T12:00:00") * 1000 + second * 1e6,
        monotonicNs: second * 1e9,
        bootId: "b",
        clockSynchronised: true,
      },
      bytes: bytesOf(n, 50),
      mediaType: "image/jpeg",
      width: 64,
      height: 48,
    } satisfies CapturedFrame);
  return {
    gatekeeper,
    judge,
    verdicts,
    show: (make: (n: number) => Uint8Array) => {
      grey = make;
    },
  };
}

/** A textured picture whose noise follows from `n`. */
const noisy = (n: number): Uint8Array =>
  Uint8Array.from({ length: 64 * 48 }, (_, at) => 90 + (at % 13) * 5 + ((at * 31 + n * 17) % 5));

test("judge() keeps the interval, though cameras are not exact, and the schedule", async () => {
  const { judge, show } = setUp({ settings: { everyMs: 200, schedule: [{ from: "12:00", to: "12:01" }] } });
  show(noisy);
  assert.equal(await judge(0), null);
  assert.equal(await judge(0.1), "interval");
  assert.equal(await judge(0.19), "no motion");
  assert.equal(await judge(61), "schedule");
});

test("judge() looks without motion now and then, and without waiting for it while something is there", async () => {
  let isExpecting = false;
  const { judge, show } = setUp({ isExpecting: () => isExpecting });
  show(noisy);
  assert.equal(await judge(0), null);
  for (let second = 1; second < 10; second += 1) assert.equal(await judge(second), "no motion");
  assert.equal(await judge(10), null);
  isExpecting = true;
  assert.equal(await judge(11), null);
});

test("judge() tells a picture that stands still once, looks at it no more, and tells when it goes on", async () => {
  const { gatekeeper, judge, show, verdicts } = setUp();
  show(() => noisy(1));
  const reasons: (string | null)[] = [];
  for (let second = 0; second < 100; second += 5) reasons.push(await judge(second, 7));
  assert.equal(reasons.at(-1), "frozen");
  assert.equal(gatekeeper.isFrozen(), true);
  show(noisy);
  for (let second = 100; second < 110; second += 1) await judge(second);
  assert.equal(gatekeeper.isFrozen(), false);
  assert.deepEqual(verdicts, [true, false]);
});

test("judge() refuses nothing of a source of which every picture counts", async () => {
  const { judge } = setUp({
    looksAtAll: true,
    settings: { schedule: [{ from: "01:00", to: "02:00" }] },
  });
  for (let n = 0; n < 5; n += 1) assert.equal(await judge(0, 1), null);
});
