import assert from "node:assert/strict";
import { test } from "node:test";
import type { Identification } from "../../../agent/identify/identifier.ts";
import { createPortraits, portraitQuality } from "../../../agent/watch/portraits.ts";

const size = { width: 480, height: 360 };
const box = { left: 0.3, right: 0.6, top: 0.3, bottom: 0.7 };
const identification: Identification = { vectors: new Map(), matches: [], best: null };

test("portraitQuality() likes large, sure and whole crops, and none that is tiny or covered", () => {
  const whole = portraitQuality({ box, confidence: 0.9 }, size, []);
  assert.ok(whole > portraitQuality({ box, confidence: 0.5 }, size, []));
  assert.ok(whole > portraitQuality({ box: { ...box, left: 0 }, confidence: 0.9 }, size, []) * 1.5);
  assert.equal(portraitQuality({ box: { ...box, right: 0.32 }, confidence: 0.9 }, size, []), 0);
  assert.equal(portraitQuality({ box, confidence: 0.9 }, size, [{ ...box, left: 0.45, right: 0.8 }]), 0);
});

test("wants() takes few crops: the first, much better ones, other moments, and the best of all last", () => {
  const portraits = createPortraits();
  const take = (quality: number, ms: number): boolean => {
    const wanted = portraits.wants("s", quality, ms * 1e6);
    if (wanted) portraits.add("s", { imgId: `${ms}`, box, quality, identification }, ms * 1e6);
    return wanted;
  };
  assert.equal(take(0, 0), false);
  assert.equal(take(10, 0), true);
  assert.equal(take(11, 200), false, "neither better nor another moment");
  assert.equal(take(14, 400), true, "much better");
  assert.equal(take(8, 1000), true, "another moment");
  assert.equal(take(5, 2000), false, "worse than half the best");
  assert.equal(take(9, 3000), true);
  assert.equal(take(9, 4000), true);
  assert.equal(take(13, 5000), false, "the last place is for the best");
  assert.equal(take(15, 6000), true);
  assert.equal(take(99, 7000), false, "all places are taken");
  portraits.forget("s");
  assert.equal(take(1, 8000), true);
});
