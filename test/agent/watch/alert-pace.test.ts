import assert from "node:assert/strict";
import { test } from "node:test";
import { createAlertPace } from "../../../agent/watch/alert-pace.ts";
import type { SequenceFrame, SequenceRecord } from "../../../device/sequence.ts";
import { keepSequence } from "../../fakes/sequences.ts";
import { frameId, openTestStore } from "../../fakes/store.ts";

const target = {
  name: "alerts:there/front",
  camera: "front",
  takes: (name: string) => name === "smoke",
  everyMs: 10,
};
const box = { left: 0.1, top: 0.1, right: 0.2, bottom: 0.2 };
const seen = (sequence: string, n: number, confidence = 0.5): SequenceFrame => ({
  sequence,
  imgId: frameId(n),
  box,
  confidence,
  leadUp: false,
});

test("createAlertPace() tells the newest frame when a sequence begins, then one every so often, and of the right cameras and classes", async (t) => {
  const store = openTestStore(t);
  const closed = await keepSequence(store, { n: 0, target: "x" });
  const open = (id: string, changes: Partial<SequenceRecord> = {}): SequenceRecord => ({
    ...closed,
    id,
    closedAt: null,
    ...changes,
  });
  const alertsOf = createAlertPace([target]);
  const look = (at: number, changed: readonly SequenceRecord[] = [open("a")]) =>
    alertsOf({ opened: [], changed, sequenceFrames: changed.map(({ id }) => seen(id, at)) });
  // Frames of the test store are a millisecond apart.
  assert.deepEqual(
    alertsOf({
      opened: [open("a")],
      changed: [],
      sequenceFrames: [seen("a", 0), seen("a", 1), seen("a", 2, 0.7)],
    }),
    [{ target: target.name, imgId: frameId(2), boxes: [{ box, confidence: 0.7 }] }],
  );
  assert.deepEqual(look(9), []);
  assert.equal(look(12).length, 1);
  assert.deepEqual(look(13), []);
  assert.equal(look(1).length, 1, "a clock that was set back does not silence it");
  assert.deepEqual(look(30, [open("b", { className: "animal" }), open("c", { camera: "rear" })]), []);
  const [both] = look(40, [open("a"), open("d")]);
  assert.deepEqual([both!.imgId, both!.boxes.length], [frameId(40), 2]);
  assert.deepEqual(look(90, [{ ...open("a"), closedAt: closed.openedAt }]), []);
});
