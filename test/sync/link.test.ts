import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { silentLog } from "../../device/log.ts";
import { routesOf } from "../../device/network.ts";
import { watchLink } from "../../sync/link.ts";
import { createManualClock } from "../fakes/manual-clock.ts";
import { seededRandom } from "../fakes/sightings.ts";

function watch(t: TestContext, read: () => readonly string[]) {
  const clock = createManualClock();
  const stop = new AbortController();
  const ups: number[] = [];
  const startNs = clock.monotonicNs();
  const watching = watchLink({
    read,
    onUp: () => ups.push((clock.monotonicNs() - startNs) / 1e9),
    clock,
    log: silentLog,
    random: seededRandom(7),
    signal: stop.signal,
  });
  t.after(async () => {
    stop.abort();
    await watching;
  });
  return { clock, ups };
}

test("watchLink() tells within a second of a new address or route, and nothing of one that goes", async (t) => {
  let facts: readonly string[] = ["address eth0 10.0.0.2"];
  const { clock, ups } = watch(t, () => facts);
  await clock.advance(5000);
  assert.deepEqual(ups, [], "what was there from the beginning is no news");
  facts = [];
  await clock.advance(5000);
  assert.deepEqual(ups, []);
  facts = ["address wwan0 10.1.1.1"];
  await clock.advance(1000);
  assert.deepEqual(ups, [11]);
  facts = ["address wwan0 10.1.1.1", "route wwan0 0101010A"];
  await clock.advance(10_000);
  assert.equal(ups.length, 2);
});

test("watchLink() tells of a link that flaps every second at most every two seconds, and of its last word surely", async (t) => {
  let facts: readonly string[] = [];
  const { clock, ups } = watch(t, () => facts);
  for (let second = 0; second < 600; second += 1) {
    facts = second % 2 === 0 ? [`address wlan0 10.0.0.${second % 200}`] : [];
    await clock.advance(1000);
  }
  assert.ok(ups.length <= 300, `${ups.length} times in 600 s`);
  assert.ok(ups.every((at, n) => n === 0 || at - ups[n - 1]! >= 2));
  const before = ups.length;
  facts = ["address wlan0 10.0.0.250"];
  await clock.advance(4000);
  assert.equal(ups.length, before + 1);
});

test("watchLink() outlives a reading that fails", async (t) => {
  let fails = true;
  const { clock, ups } = watch(t, () => {
    if (fails) throw new Error("EIO");
    return ["address eth0 10.0.0.2"];
  });
  await clock.advance(3000);
  fails = false;
  await clock.advance(1000);
  assert.deepEqual(ups, [4]);
});

test("routesOf() names the default routes alone", () => {
  const table = [
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
    "wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0",
    "wlan0\t0001A8C0\t00000000\t0001\t0\t0\t600\t00FFFFFF\t0\t0\t0",
    "",
  ].join("\n");
  assert.deepEqual(routesOf(table), ["route wlan0 0101A8C0"]);
  assert.deepEqual(routesOf(""), []);
});
