// Cuts a stream of bytes into JPEGs. Halves, garbage and oversize are counted, and the search goes on behind them.
// The markers are walked (jpeg-walker.ts), so an end marker inside an EXIF thumbnail ends nothing.
import { createJpegWalker, type JpegSize } from "./jpeg-walker.ts";

/** One whole picture. It owns its bytes: they share no memory with the stream or with other frames. */
export type SplitFrame<Mark> = JpegSize & {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What was given with the chunk that held the first byte. */
  readonly mark: Mark;
};

/** Totals since the start. */
export type SplitCounts = {
  readonly frames: number;
  /** Pictures that began well and broke: cut short, or with bytes where a marker belongs. */
  readonly corrupt: number;
  /** Pictures beyond `maxFrameBytes`. */
  readonly oversize: number;
  /** Bytes outside of whole and oversize pictures: padding, noise, the remains of corrupt pictures. */
  readonly garbageBytes: number;
};

/** Life: push… → end. Memory is bounded by `maxFrameBytes` and one chunk. */
export type JpegSplitter<Mark> = {
  /** The pictures that this chunk completes. The chunk is kept until then: the caller must not write to it again. */
  readonly push: (chunk: Uint8Array, mark: Mark) => SplitFrame<Mark>[];
  /** The stream is over: a half picture counts as corrupt, and gives what whole pictures its bytes hold. Another stream may follow. */
  readonly end: () => SplitFrame<Mark>[];
  readonly counts: () => SplitCounts;
};

type Piece<Mark> = {
  readonly bytes: Uint8Array;
  readonly mark: Mark;
  /** Where the piece lies in the stream. */
  readonly offset: number;
};

export type JpegSplitterOptions = {
  /** A larger picture is thrown away, bytes. */
  readonly maxFrameBytes: number;
  /** Told of each picture that is lost, in its place among the others. */
  readonly onLost?: (reason: "corrupt" | "oversize") => void;
};

/** Makes a splitter for one stream after another. */
export function createJpegSplitter<Mark>(options: JpegSplitterOptions): JpegSplitter<Mark> {
  const { maxFrameBytes } = options;
  const walker = createJpegWalker();
  const counts = { frames: 0, corrupt: 0, oversize: 0, garbageBytes: 0 };
  let isInside = false;
  /** What earlier chunks hold of the picture at hand. */
  let pieces: Piece<Mark>[] = [];
  let keptBytes = 0;
  let isOversize = false;
  let usualSize: JpegSize | null = null;
  let streamBytes = 0;
  /** Up to here the stream belonged to pictures that broke, and is searched again. */
  let brokenUntil = 0;

  function lose(reason: "corrupt" | "oversize"): void {
    counts[reason] += 1;
    options.onLost?.(reason);
  }

  function leave(): void {
    isInside = false;
    isOversize = false;
    pieces = [];
    keptBytes = 0;
  }

  function keep(piece: Piece<Mark>): void {
    keptBytes += piece.bytes.length;
    if (keptBytes > maxFrameBytes) isOversize = true;
    // The walk goes on through an oversize picture, to find its end, but nothing of it is kept.
    if (isOversize) pieces = [];
    else if (piece.bytes.length > 0) pieces.push(piece);
  }

  /** The picture at hand is whole: copies it out, once, into memory of its own. */
  function finish(size: JpegSize): SplitFrame<Mark> | null {
    if (isOversize) {
      lose("oversize");
      return null;
    }
    const first = pieces[0]!;
    if (first.offset < brokenUntil && !isUsual(size)) {
      counts.garbageBytes += keptBytes;
      return null;
    }
    usualSize = size;
    const bytes = new Uint8Array(Buffer.allocUnsafeSlow(keptBytes).buffer); // Not zeroed: every byte is written below.
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece.bytes, at);
      at += piece.bytes.length;
    }
    counts.frames += 1;
    return { bytes, ...size, mark: first.mark };
  }

  /** A whole picture inside a broken one may be its thumbnail: it is believed only when it is as large as the others. */
  function isUsual(size: JpegSize): boolean {
    return usualSize === null || (usualSize.width === size.width && usualSize.height === size.height);
  }

  /** The picture at hand was cut short; its bytes are not searched, for a walk into another start code has seen them all. */
  function cutShort(newBytes: number): void {
    if (isOversize) lose("oversize");
    else {
      lose("corrupt");
      counts.garbageBytes += keptBytes + newBytes;
    }
  }

  /** Walks one piece. Returns what has to be walked again: the remains of a picture that broke may hold another one's start. */
  function walk(piece: Piece<Mark>, found: SplitFrame<Mark>[]): Piece<Mark>[] {
    const { bytes } = piece;
    const part = (from: number, to?: number): Piece<Mark> => ({
      bytes: bytes.subarray(from, to),
      mark: piece.mark,
      offset: piece.offset + from,
    });
    let start = 0;
    let at = 0;
    while (at < bytes.length) {
      if (!isInside) {
        const next = bytes.indexOf(0xff, at);
        counts.garbageBytes += (next === -1 ? bytes.length : next) - at;
        if (next === -1) return [];
        if (next + 1 < bytes.length && bytes[next + 1] !== 0xd8) {
          counts.garbageBytes += 1;
          at = next + 1;
          continue;
        }
        start = next;
        at = next + 1;
        isInside = true;
        walker.begin("first byte");
      }
      const step = walker.advance(bytes, at);
      at = step.at;
      if (step.event === "end") {
        keep(part(start, at));
        const frame = finish(walker.size()!);
        if (frame !== null) found.push(frame);
        leave();
      } else if (step.event === "start") {
        cutShort(at - start - 2);
        leave();
        // Its first byte may lie in an earlier chunk, so the start code is given anew.
        keep({ ...part(at), bytes: Uint8Array.of(0xff, 0xd8) });
        isInside = true;
        walker.begin("start code");
        start = at;
      } else if (step.event !== null) {
        brokenUntil = Math.max(brokenUntil, piece.offset + at);
        if (isOversize) lose("oversize");
        else if (step.event === "broken") lose("corrupt");
        const remains = isOversize ? [part(at)] : withoutFirstByte([...pieces, part(start)]);
        leave();
        return remains;
      }
    }
    if (isInside) keep(part(start));
    return [];
  }

  /** The broken picture's first byte is garbage for certain; everything behind it is searched again. */
  function withoutFirstByte([first, ...others]: readonly Piece<Mark>[]): Piece<Mark>[] {
    if (first === undefined) return [];
    counts.garbageBytes += 1;
    return [{ ...first, bytes: first.bytes.subarray(1), offset: first.offset + 1 }, ...others];
  }

  function walkAll(work: Piece<Mark>[]): SplitFrame<Mark>[] {
    const found: SplitFrame<Mark>[] = [];
    for (let left = work; left.length > 0; ) {
      const [piece, ...others] = left;
      left = walk(piece!, found).concat(others);
    }
    return found;
  }

  return {
    push: (chunk, mark) => {
      const offset = streamBytes;
      streamBytes += chunk.length;
      return walkAll([{ bytes: chunk, mark, offset }]);
    },
    end: () => {
      const found: SplitFrame<Mark>[] = [];
      while (isInside) {
        const remains = isOversize ? [] : pieces;
        if (isOversize) lose("oversize");
        else if (keptBytes > 2) lose("corrupt");
        brokenUntil = streamBytes;
        leave();
        found.push(...walkAll(withoutFirstByte(remains)));
      }
      return found;
    },
    counts: () => ({ ...counts }),
  };
}
