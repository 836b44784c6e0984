import assert from "node:assert/strict";
import { test } from "node:test";
import { SyncError } from "../../sync/errors.ts";
import { createTargetRest } from "../../sync/target-rest.ts";
import { createManualClock } from "../fakes/manual-clock.ts";
import { seededRandom } from "../fakes/sightings.ts";

const offline = new SyncError("offline", "no way there");

test("wake() ends a rest at once, whatever was waited for", async () => {
  const clock = createManualClock();
  const rest = createTargetRest(clock, () => 0.999);
  for (let n = 0; n < 12; n += 1) {
    rest.failed(offline, clock.monotonicNs());
    await clock.advance(rest.leftMs() + 1);
  }
  rest.failed(offline, clock.monotonicNs());
  assert.ok(rest.leftMs() > 250_000);
  await clock.advance(60_000);
  rest.wake();
  assert.equal(rest.leftMs(), 0);
  assert.equal(rest.failures(), 0);
});

test("a link that flaps every second or few makes no storm: at most one attempt a second, none in step", async () => {
  for (const flapMs of [1000, 2000, 5000]) {
    const clock = createManualClock();
    const rest = createTargetRest(clock, seededRandom(flapMs));
    const attempts: number[] = [];
    let flappedNs = clock.monotonicNs();
    for (const endNs = clock.monotonicNs() + 3600e9; clock.monotonicNs() < endNs; ) {
      if (rest.leftMs() === 0) {
        attempts.push(clock.monotonicNs());
        rest.failed(offline, clock.monotonicNs());
      }
      await clock.advance(50);
      if (clock.monotonicNs() - flappedNs >= flapMs * 1e6) {
        flappedNs = clock.monotonicNs();
        rest.wake();
      }
    }
    const perSecond = attempts.length / 3600;
    assert.ok(perSecond <= 1, `${perSecond} attempts a second while it flaps every ${flapMs} ms`);
    assert.ok(attempts.length > 400, "it goes on trying");
    const gaps = new Set(attempts.map((atNs, n) => Math.round((atNs - (attempts[n - 1] ?? 0)) / 1e8)));
    assert.ok(gaps.size > 3, "the gaps differ");
  }
});

test("a refusal of us as a whole rests a minute, or as long as the server says", () => {
  const clock = createManualClock();
  const rest = createTargetRest(clock, () => 0);
  assert.equal(rest.failed(new SyncError("permanent", "AccessDenied"), clock.monotonicNs()), 60_000);
  assert.equal(rest.isRefused(), true);
  assert.equal(rest.failed(offline, clock.monotonicNs()), null, "calls that fail together are one failure");
});
