import assert from "node:assert/strict";
import { test } from "node:test";
import { cameraKey, detectionKey, sequenceKey } from "../../../sync/annotation/keys.ts";

test("sequenceKey() is a safe negative integer that follows from the ULID alone", () => {
  // Written down: another value would send everything a second time.
  assert.equal(sequenceKey("01J9ZK3V6M8Q4N2T5W7X9Y0A1B"), -2324185050248613);
  const keys = Array.from({ length: 20_000 }, (_, n) => sequenceKey(`01J9ZK3V6M8Q4N2T5W7X9Y${n}`));
  assert.ok(keys.every((key) => Number.isSafeInteger(key) && key < 0));
  assert.equal(new Set(keys).size, keys.length);
});

test("detectionKey() is the µs of the frame's name, negative", () => {
  assert.equal(detectionKey("20260701T10-00-00-123456"), -Date.UTC(2026, 6, 1, 10) * 1000 - 123_456);
  assert.ok(Number.isSafeInteger(detectionKey("29991231T23-59-59-999999")));
});

test("cameraKey() fits in a signed 32 bit number, is never small, and tells cameras and devices apart", () => {
  assert.equal(cameraKey("mast-1", "front"), 2048860423);
  const keys = ["mast-1", "mast-2"].flatMap((device) => ["front", "rear"].map((id) => cameraKey(device, id)));
  assert.equal(new Set(keys).size, 4);
  assert.ok(keys.every((key) => key >= 2 ** 30 && key < 2 ** 31));
});
