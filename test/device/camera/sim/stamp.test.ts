import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import sharp from "sharp";
import { readFrameStamp, stampFrame } from "../../../../device/camera/sim/stamp.ts";

const stamp = { camera: 'front "left" é', sequence: 41, monotonicNs: 1_000_000_000_123 };

async function makeJpeg(): Promise<Uint8Array> {
  return sharp({ create: { width: 32, height: 24, channels: 3, background: "#357" } })
    .jpeg()
    .toBuffer();
}

test("stampFrame() adds what readFrameStamp() reads and leaves the picture as it was", async () => {
  const jpeg = await makeJpeg();
  const stamped = stampFrame(jpeg, stamp);
  assert.deepEqual(readFrameStamp(stamped), stamp);
  const before = await sharp(jpeg).raw().toBuffer();
  assert.deepEqual(await sharp(stamped).raw().toBuffer(), before);
});

test("readFrameStamp() finds nothing in other bytes", async () => {
  const jpeg = await makeJpeg();
  const foreign = Buffer.from("outrider-frame {broken", "utf8");
  const commented = Buffer.concat([
    jpeg.subarray(0, 2),
    Buffer.from([0xff, 0xfe, 0, foreign.length + 2]),
    foreign,
    jpeg.subarray(2),
  ]);
  for (const bytes of [jpeg, commented, jpeg.subarray(0, 5), new Uint8Array(0), Buffer.from("no picture")]) {
    assert.equal(readFrameStamp(bytes), null);
  }
});

test("readFrameStamp() finds nothing in, and never fails on, any bytes", () => {
  const start = Uint8Array.from([0xff, 0xd8, 0xff, 0xfe]);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, isJpegLike) => {
      const whole = isJpegLike ? Buffer.concat([start, bytes]) : bytes;
      assert.equal(readFrameStamp(whole), null);
    }),
  );
});
