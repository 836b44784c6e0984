// Walks the markers of one JPEG, however its bytes are cut: segments are jumped by their length, the scan is searched for 0xFF.
// Says where the picture ends or breaks and how large it is; keeps no bytes. (ITU-T T.81 annex B.)

/**
 * end: the last byte of a whole picture was read. start: another picture's start code ends here, inside this picture, which
 * was cut short. broken: bytes that no JPEG has. no start: what looked like a start code was none.
 */
export type JpegEvent = "end" | "start" | "broken" | "no start";

export type JpegSize = {
  readonly width: number;
  /** null: the picture says it only after its scan (DNL). */
  readonly height: number | null;
};

/** Life: begin → advance… until an event → begin… */
export type JpegWalker = {
  /** A new picture: `after` is what was read of its start code so far, 0xFF or 0xFF 0xD8. */
  readonly begin: (after: "first byte" | "start code") => void;
  /** Walks on from `at` and stops behind an event or at the end of the bytes (event null). */
  readonly advance: (
    bytes: Uint8Array,
    at: number,
  ) => { readonly at: number; readonly event: JpegEvent | null };
  /** null: its frame header was not read yet. */
  readonly size: () => JpegSize | null;
};

type State =
  | "start code"
  | "after start"
  | "marker"
  | "marker code"
  | "length high"
  | "length low"
  | "frame header"
  | "segment"
  | "tables"
  | "scan"
  | "scan code";

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
/** Eight Huffman tables with 256 symbols each, the largest that a table segment can hold, are 2184 bytes. */
const maxTableBytes = 4096;

/** Makes a walker; it is reused for picture after picture. */
export function createJpegWalker(): JpegWalker {
  let state: State = "start code";
  let marker = 0;
  let segmentLeft = 0;
  /** How many bytes of a start code and the marker behind it (0xFF 0xD8 0xFF) were just read inside a table. */
  let startBytes = 0;
  let frameHeader: number[] = [];
  let size: JpegSize | null = null;
  let hasScan = false;

  /** Where a marker leads. */
  function enter(code: number): State | "broken" {
    const isSegment = (code >= 0xc0 && code <= 0xcf) || (code >= SOS && code <= 0xef) || code === 0xfe;
    const isSecondHeader = isFrameHeader(code) && size !== null;
    const isEarlyScan = code === SOS && size === null;
    if (!isSegment || isSecondHeader || isEarlyScan) return "broken";
    marker = code;
    return "length high";
  }

  /** Where the end of the segment's length field or body leads. */
  function afterSegment(): State {
    if (marker !== SOS) return "marker";
    hasScan = true;
    return "scan";
  }

  /** The start of a frame header's body: precision, height, width. */
  function readFrameHeader(byte: number): State | "broken" {
    frameHeader.push(byte);
    if (frameHeader.length < 5) return "frame header";
    const [, y1 = 0, y0 = 0, x1 = 0, x0 = 0] = frameHeader;
    const height = y1 * 256 + y0;
    const width = x1 * 256 + x0;
    if (width === 0) return "broken";
    size = { width, height: height === 0 ? null : height };
    segmentLeft -= 5;
    return "segment";
  }

  /**
   * A table holds no start code, so that a picture cut inside a table is told from the next one, whose header would
   * otherwise fit where the cut one's went on. (Application segments may hold one: a thumbnail's.)
   */
  function readTable(byte: number): State | JpegEvent {
    if (startBytes === 2 && byte === 0xff) return "start";
    startBytes = startBytes === 1 && byte === SOI ? 2 : byte === 0xff ? 1 : 0;
    segmentLeft -= 1;
    if (segmentLeft > 0) return "tables";
    return startBytes === 2 ? "start" : afterSegment();
  }

  /** One byte in a state that cannot jump. */
  function step(byte: number): State | JpegEvent {
    switch (state) {
      case "start code":
        return byte === SOI ? "after start" : "no start";
      case "after start":
        return byte === 0xff ? "marker code" : "no start";
      case "marker":
        return byte === 0xff ? "marker code" : "broken";
      case "marker code":
        if (byte === 0xff) return "marker code"; // Fill bytes may stand before any marker.
        if (byte === SOI) return "start";
        if (byte === EOI) return hasScan ? "end" : "broken";
        return enter(byte);
      case "length high":
        segmentLeft = byte * 256;
        return "length low";
      case "length low":
        segmentLeft += byte - 2;
        frameHeader = [];
        if (segmentLeft < (isFrameHeader(marker) ? 6 : 0)) return "broken";
        startBytes = byte === 0xff ? 1 : 0; // The length itself may be the next picture's first byte.
        if (isFrameHeader(marker)) return "frame header";
        if (segmentLeft === 0) return afterSegment();
        if (marker >= 0xe0) return "segment";
        return segmentLeft <= maxTableBytes ? "tables" : "broken";
      case "frame header":
        return readFrameHeader(byte);
      case "tables":
        return readTable(byte);
      default: // "scan code"; "segment" and "scan" never come here
        if (byte === 0x00 || (byte >= 0xd0 && byte <= 0xd7)) return "scan"; // A stuffed 0xFF or a restart marker.
        if (byte === 0xff) return "scan code";
        if (byte === SOI) return "start";
        return byte === EOI ? "end" : enter(byte);
    }
  }

  return {
    begin: (after) => {
      state = after === "first byte" ? "start code" : "after start";
      size = null;
      hasScan = false;
    },
    size: () => size,
    advance: (bytes, from) => {
      let at = from;
      while (at < bytes.length) {
        if (state === "scan") {
          const next = bytes.indexOf(0xff, at);
          if (next === -1) return { at: bytes.length, event: null };
          at = next + 1;
          state = "scan code";
        } else if (state === "segment") {
          const jumped = Math.min(segmentLeft, bytes.length - at);
          at += jumped;
          segmentLeft -= jumped;
          if (segmentLeft === 0) state = afterSegment();
        } else {
          const next = step(bytes[at]!);
          // A start inside a table is known only by the byte behind it, which is left to the next picture.
          if (next !== "start" || state !== "tables" || segmentLeft === 0) at += 1;
          if (next === "end" || next === "start" || next === "broken" || next === "no start") {
            return { at, event: next };
          }
          state = next;
        }
      }
      return { at, event: null };
    },
  };
}

/** SOF0–SOF15 without DHT, JPG and DAC, which lie among them. */
function isFrameHeader(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;
}
