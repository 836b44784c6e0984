// What every camera promises, whatever stands behind it. A driver's test calls testCamera() with a way to open one.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Camera } from "../../device/camera/camera.ts";
import type { CapturedFrame } from "../../device/frame.ts";

export type CameraTraits = {
  /** Frames it gives before it ends by itself; null: it is live and goes on. */
  readonly ends: number | null;
  /** Why this cannot be tested here; false: it can. */
  readonly skip?: string | false;
};

/** Runs the contract. `open` makes a new camera with id "contract" that gives at least three frames, and soon. */
export function testCamera(name: string, open: () => Promise<Camera>, traits: CameraTraits): void {
  const never = new AbortController().signal;
  const options = { skip: traits.skip ?? false };

  test(`${name} gives real pictures with rising sequence numbers and moments`, options, async () => {
    const camera = await open();
    try {
      const frames = await takeFrames(camera, 3, never);
      assert.equal(frames.length, 3);
      for (const [n, frame] of frames.entries()) {
        assert.equal(frame.camera, "contract");
        assert.ok(isPicture(frame), "the bytes begin and end as their media type says");
        if (n === 0) continue;
        const before = frames[n - 1]!;
        assert.ok(frame.sequence > before.sequence);
        assert.ok(frame.moment.monotonicNs >= before.moment.monotonicNs);
        assert.ok(frame.width === null || frame.width > 0);
      }
    } finally {
      await camera.close();
    }
  });

  test(`${name} gives each frame bytes of its own`, options, async () => {
    const camera = await open();
    try {
      const [first, second] = await takeFrames(camera, 2, never);
      const copy = Uint8Array.from(second!.bytes);
      first!.bytes.fill(0);
      assert.ok(Buffer.from(copy).equals(second!.bytes));
    } finally {
      await camera.close();
    }
  });

  test(`${name} counts what it gave in its status`, options, async () => {
    const camera = await open();
    try {
      const frames = await takeFrames(camera, 3, never);
      const status = camera.status();
      assert.ok(status.frames >= 3);
      assert.notEqual(status.newestFrameNs, null);
      assert.ok(status.newestFrameNs! >= frames[0]!.moment.monotonicNs);
    } finally {
      await camera.close();
    }
  });

  test(`${name} refuses a second consumer`, options, async () => {
    const camera = await open();
    try {
      await takeFrames(camera, 1, never);
      await assert.rejects(takeFrames(camera, 1, never), /once/);
    } finally {
      await camera.close();
    }
  });

  test(`${name} ends without an error when the signal aborts, and says so`, options, async () => {
    const camera = await open();
    try {
      const controller = new AbortController();
      for await (const _frame of camera.frames(controller.signal)) controller.abort();
      assert.equal(camera.status().state, "ended");
    } finally {
      await camera.close();
    }
  });

  test(`${name} gives nothing when the signal was aborted before`, options, async () => {
    const camera = await open();
    try {
      assert.deepEqual(await takeFrames(camera, 1, AbortSignal.abort()), []);
    } finally {
      await camera.close();
    }
  });

  test(
    `${name} ends its frames on close, which may be called twice, also before any frame`,
    options,
    async () => {
      const unused = await open();
      await unused.close();
      await unused.close();
      assert.equal(unused.status().state, "ended");
      const camera = await open();
      for await (const _frame of camera.frames(never)) void camera.close();
      await camera.close();
      await camera.close();
      assert.equal(camera.status().state, "ended");
    },
  );

  if (traits.ends !== null) {
    test(`${name} gives all ${traits.ends} frames and ends`, options, async () => {
      const camera = await open();
      try {
        const frames = await takeFrames(camera, Number.POSITIVE_INFINITY, never);
        assert.equal(frames.length, traits.ends);
        assert.equal(camera.status().state, "ended");
        assert.equal(camera.status().frames, traits.ends);
      } finally {
        await camera.close();
      }
    });
  }
}

/** The next `count` frames, fewer when the camera ends. */
export async function takeFrames(
  camera: Camera,
  count: number,
  signal: AbortSignal,
): Promise<CapturedFrame[]> {
  const frames: CapturedFrame[] = [];
  for await (const frame of camera.frames(signal)) {
    frames.push(frame);
    if (frames.length >= count) break;
  }
  return frames;
}

function isPicture({ bytes, mediaType }: CapturedFrame): boolean {
  const start = Buffer.from(bytes.subarray(0, 12)).toString("latin1");
  if (mediaType === "image/png") return start.startsWith("\x89PNG");
  if (mediaType === "image/webp") return start.startsWith("RIFF") && start.endsWith("WEBP");
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes.at(-2) === 0xff && bytes.at(-1) === 0xd9;
}
