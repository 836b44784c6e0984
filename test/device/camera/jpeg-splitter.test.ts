import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createJpegSplitter, type SplitFrame } from "../../../device/camera/jpeg-splitter.ts";
import { makeJpegs, withThumbnail } from "../../fakes/pictures.ts";
import { processorMs } from "../../fakes/processor-time.ts";

const pictures = await makeJpegs(4, { width: 48, height: 32 });
const [thumbnail] = await makeJpegs(1, { width: 16, height: 16 });
const [a, b, c] = pictures as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
const maxFrameBytes = 100_000;

test("createJpegSplitter() gives every picture, whole, its own memory and its size, wherever the stream is cut", () => {
  fc.assert(
    fc.property(pictureList(), cutting(), (list, cut) => {
      const { frames, counts } = split(list, cut);
      assertSamePictures(frames, list);
      for (const frame of frames) {
        assert.equal(frame.bytes.byteLength, frame.bytes.buffer.byteLength);
        assert.deepEqual([frame.width, frame.height], [48, 32]);
      }
      assert.deepEqual(counts, { frames: list.length, corrupt: 0, oversize: 0, garbageBytes: 0 });
    }),
    { numRuns: 150 },
  );
});

test("createJpegSplitter() ends no picture at the end marker of its EXIF thumbnail", () => {
  const list = pictures.map((picture) => withThumbnail(picture, thumbnail!));
  for (const size of [1, 2, 3, 7, 1000, 1e6]) {
    const { frames, counts } = split(list, () => size);
    assertSamePictures(frames, list);
    assert.equal(counts.corrupt, 0);
  }
});

test("createJpegSplitter() finds every whole picture between garbage of any kind", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(garbage(), fc.nat(3)), { minLength: 1, maxLength: 6 }),
      cutting(),
      (parts, cut) => {
        const list = parts.map(([, n]) => pictures[n]!);
        // A first picture tells the splitter the usual size.
        const stream = [a, ...parts.flatMap(([noise, n]) => [noise, pictures[n]!])];
        const { frames } = split(stream, cut);
        assertSamePictures(frames, [a, ...list]);
      },
    ),
    { numRuns: 200 },
  );
});

test("createJpegSplitter() loses a picture that was cut anywhere, and no other", () => {
  for (let length = 1; length < b.length; length += 1) {
    const { frames, counts } = split([a, b.subarray(0, length), c], () => 4096);
    assertSamePictures(frames, [a, c]);
    assert.ok(counts.corrupt <= 1);
  }
});

test("createJpegSplitter() loses a picture whose beginning is missing, and no other", () => {
  for (let from = 1; from < b.length; from += 1) {
    const { frames } = split([a, b.subarray(from), c], () => 512);
    assertSamePictures(frames, [a, c]);
  }
});

test("createJpegSplitter() takes no thumbnail for a picture when the picture around it broke", () => {
  const exif = withThumbnail(b, thumbnail!);
  let glued = 0;
  for (let length = 3; length < exif.length; length += 1) {
    const { frames } = split([a, exif.subarray(0, length), c], () => 4096);
    assert.equal(frames.length, 2);
    for (const frame of frames) assert.equal(frame.width, 48);
    if (frames[1]!.bytes.length !== c.length) glued += 1;
  }
  // A segment cut so that its length ends exactly at a marker of the next picture cannot be told from a whole one.
  assert.ok(glued <= 3, `${glued} of ${exif.length} cuts glued two pictures together`);
});

test("createJpegSplitter() throws an oversize picture away, counts it once and goes on", () => {
  const [large] = [withThumbnail(b, Buffer.alloc(60_000))];
  for (const size of [100, 4096, 1e6]) {
    const { frames, counts } = split([a, large, c], () => size, 20_000);
    assertSamePictures(frames, [a, c]);
    assert.equal(counts.oversize, 1);
    assert.equal(counts.corrupt, 0);
  }
});

test("createJpegSplitter() keeps no more than its limit of a picture without end", () => {
  const splitter = createJpegSplitter<null>({ maxFrameBytes: 50_000 });
  const scan = b.subarray(0, b.length - 2);
  splitter.push(scan, null);
  for (let n = 0; n < 1000; n += 1) splitter.push(Buffer.alloc(10_000, 0x55), null);
  const found = splitter.push(a, null);
  assertSamePictures(found, [a]);
  assert.equal(splitter.counts().oversize, 1);
});

test("createJpegSplitter() walks a megabyte of 0xFF and of start codes in linear time", () => {
  for (const noise of [[0xff], [0xff, 0xd8], [0xff, 0xd8, 0xff], [0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff]]) {
    const ms = processorMs(() => {
      const { frames } = split([a, Buffer.alloc(2 ** 20, Uint8Array.from(noise)), c], () => 65_536, 2 ** 22);
      assert.ok(frames.length >= 1);
    });
    assert.ok(ms < 3000, `${noise} took ${ms} ms`);
  }
});

test("createJpegSplitter() gives the mark of the chunk that held a picture's first byte", () => {
  const splitter = createJpegSplitter<number>({ maxFrameBytes });
  splitter.push(a.subarray(0, 1), 1);
  splitter.push(a.subarray(1, 100), 2);
  const [frame] = splitter.push(a.subarray(100), 3);
  assert.equal(frame?.mark, 1);
});

test("createJpegSplitter().end() counts a half picture and gives the whole ones that its remains hold", () => {
  const splitter = createJpegSplitter<null>({ maxFrameBytes });
  splitter.push(a, null);
  // A cut inside a segment: its length reaches over the next picture.
  const torn = Uint8Array.of(0xff, 0xd8, 0xff, 0xe1, 0x7f, 0xff, 1, 2, 3);
  assert.deepEqual(splitter.push(Buffer.concat([torn, b]), null), []);
  assertSamePictures(splitter.end(), [b]);
  assert.equal(splitter.counts().corrupt, 1);
});

function split(parts: readonly Uint8Array[], cut: () => number, limit = maxFrameBytes) {
  const splitter = createJpegSplitter<null>({ maxFrameBytes: limit });
  const stream = Buffer.concat(parts);
  const frames: SplitFrame<null>[] = [];
  for (let at = 0; at < stream.length; ) {
    const size = cut();
    // A chunk of its own memory, as a pipe gives it.
    frames.push(...splitter.push(Uint8Array.from(stream.subarray(at, at + size)), null));
    at += size;
  }
  frames.push(...splitter.end());
  return { frames, counts: splitter.counts() };
}

function assertSamePictures(frames: readonly SplitFrame<null>[], expected: readonly Uint8Array[]): void {
  assert.equal(frames.length, expected.length);
  for (const [n, frame] of frames.entries())
    assert.ok(Buffer.from(expected[n]!).equals(frame.bytes), `picture ${n}`);
}

function pictureList() {
  return fc.array(
    fc.nat(3).map((n) => pictures[n]!),
    { maxLength: 6 },
  );
}

/** Chunk sizes: mostly tiny, which cut inside every marker, or as large as a pipe gives. */
function cutting(): fc.Arbitrary<() => number> {
  return fc
    .infiniteStream(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 70_000 })))
    .map((sizes) => () => sizes.next().value as number);
}

/** Noise that no camera's picture is: random, padding, bytes that matter to JPEG, and halves of pictures. */
function garbage(): fc.Arbitrary<Uint8Array> {
  const telling = fc.constantFrom(0xff, 0xd8, 0xd9, 0xda, 0xe1, 0xc0, 0xc4, 0x00, 0x10);
  return fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(telling, { maxLength: 60 }).map((bytes) => Uint8Array.from(bytes)),
    fc.nat(300).map((length) => new Uint8Array(length)),
    fc.integer({ min: 1, max: b.length - 1 }).map((length) => b.subarray(0, length)),
    fc.integer({ min: 1, max: b.length - 1 }).map((from) => b.subarray(from)),
  );
}
