import assert from "node:assert/strict";
import test from "node:test";
import {
  createTimetable,
  stepOf,
  type Visit,
  visits,
} from "../../../../../device/camera/sim/reserve/visits.ts";

const seeds = Array.from({ length: 12 }, (_, seed) => seed);

test("visits() brings at least six individuals twice or more within ten minutes, whatever the seed", () => {
  for (const seed of seeds) {
    const whole = visits(seed, 600).filter(({ endS }) => endS <= 600);
    const counts = new Map<string, number>();
    for (const { animal } of whole) counts.set(animal.id, (counts.get(animal.id) ?? 0) + 1);
    const often = [...counts.values()].filter((count) => count >= 2).length;
    assert.ok(often >= 6, `seed ${seed}: ${JSON.stringify([...counts])}`);
  }
});

test("visits() is the same every time, counts up, and a longer list begins with the shorter one", () => {
  const long = visits(7, 3000);
  assert.deepEqual(visits(7, 3000), long);
  assert.deepEqual(
    long.map(({ visit }) => visit),
    long.map((_, index) => index + 1),
  );
  assert.deepEqual(long.slice(0, visits(7, 500).length), visits(7, 500));
  assert.notDeepEqual(visits(8, 500), visits(7, 500));
});

test("visits() never has an animal in two places at once, and mostly has nobody there", () => {
  for (const seed of seeds) {
    for (const animals of [1, 2, 3, 8, 24]) {
      const last = new Map<string, Visit>();
      for (const visit of visits(seed, 2000, { animals })) {
        const before = last.get(visit.animal.id);
        assert.ok(before === undefined || before.endS <= visit.startS, `seed ${seed}, ${visit.animal.id}`);
        last.set(visit.animal.id, visit);
      }
      assert.equal(last.size, animals);
    }
    const { at } = createTimetable(seed, 8);
    const empty = Array.from({ length: 1200 }, (_, i) => at(i)).filter((there) => there.length === 0).length;
    assert.ok(empty > 500, `seed ${seed}: empty ${empty} of 1200`);
  }
});

test("visits() shows either flank, from either side, and two at once now and then", () => {
  const all = visits(1, 3600);
  const headings = new Set(all.map(({ heading, flank }) => `${heading} ${flank}`));
  assert.deepEqual([...headings].sort(), ["-1 left", "1 right"]);
  const meetings = all.filter((visit, i) => {
    const next = all[i + 1];
    return next !== undefined && next.startS < visit.endS && next.heading !== visit.heading;
  });
  assert.ok(meetings.length >= 5, `${meetings.length} meetings`);
});

test("stepOf() walks from out of one side out of the other, steadily, and stands while it pauses", () => {
  for (const visit of visits(3, 1500)) {
    const begin = stepOf(visit, visit.startS);
    const end = stepOf(visit, visit.endS);
    assert.ok(begin.x * visit.heading < -0.89, `begins at ${begin.x}`);
    assert.ok(end.x * visit.heading > 0.89, `ends at ${end.x}`);
    let before = begin;
    for (let timeS = visit.startS; timeS < visit.endS; timeS += 0.1) {
      const step = stepOf(visit, timeS);
      assert.ok((step.x - before.x) * visit.heading >= -1e-9, "never walks backwards");
      assert.ok(Math.abs(step.x - before.x) < 0.09, "never leaps");
      assert.ok(step.stride >= 0 && step.stride < 1 && step.lowered >= 0 && step.lowered <= 1);
      before = step;
    }
    if (visit.pauseS > 0) {
      const stoppedS = visit.startS + visit.pauseAtM / visit.animal.speed + 0.7;
      const early = stepOf(visit, stoppedS + 0.1).x;
      assert.ok(Math.abs(stepOf(visit, stoppedS + visit.pauseS - 0.1).x - early) < 1e-9, "stands");
    }
  }
});
