// Parses the bytes of an evdev device (struct input_event) into complete reports. Pure: recorded bytes test it.
import { endianness } from "node:os";
import { eventType, synCode } from "./input-codes.ts";
import type { RawChange, RawInput, RawParser } from "./raw-input.ts";

/** Bytes of one event: 24 where `long` has 64 bits, 16 for a 32-bit program (also on a 64-bit kernel). */
export type EvdevEventBytes = 16 | 24;

/** The event size this very process gets from the kernel. */
export function nativeEventBytes(arch: string = process.arch): EvdevEventBytes {
  return arch === "arm" || arch === "ia32" || arch === "mips" || arch === "mipsel" ? 16 : 24;
}

// A report of a pad has some dozen events; a device that never says SYN_REPORT must not fill the memory.
const maxReportEvents = 1024;

/** Makes a parser of an evdev byte stream. */
export function createEvdevParser(
  eventBytes: EvdevEventBytes = nativeEventBytes(),
  littleEndian: boolean = endianness() === "LE",
): RawParser {
  let cut: Uint8Array = new Uint8Array(0);
  let report = new Map<number, RawChange>();
  let skipping = false;

  const takeEvent = (view: DataView, offset: number, out: RawInput[]): void => {
    const body = offset + eventBytes - 8;
    const type = view.getUint16(body, littleEndian);
    const code = view.getUint16(body + 2, littleEndian);
    const value = view.getInt32(body + 4, littleEndian);
    if (type === eventType.syn && code === synCode.dropped) {
      // Everything up to and including the next SYN_REPORT is a torn report (kernel doc event-codes, SYN_DROPPED).
      report = new Map();
      skipping = true;
    } else if (type === eventType.syn && code === synCode.report) {
      if (skipping) out.push({ kind: "lost" });
      else if (report.size > 0) out.push({ kind: "changes", changes: [...report.values()] });
      report = new Map();
      skipping = false;
    } else if (!skipping && (type === eventType.key || type === eventType.abs)) {
      // Value 2 is the keyboard's auto-repeat: no change.
      if (type === eventType.key && value === 2) return;
      const kind = type === eventType.key ? "button" : "axis";
      report.set(type * 0x10000 + code, {
        kind,
        code,
        value: kind === "button" ? (value === 0 ? 0 : 1) : value,
      });
      if (report.size > maxReportEvents) {
        report = new Map();
        skipping = true;
      }
    }
  };

  return {
    push: (bytes) => {
      const all = cut.length === 0 ? bytes : joined(cut, bytes);
      const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
      const out: RawInput[] = [];
      let offset = 0;
      for (; offset + eventBytes <= all.length; offset += eventBytes) takeEvent(view, offset, out);
      cut = all.slice(offset);
      return out;
    },
  };
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const all = new Uint8Array(head.length + tail.length);
  all.set(head);
  all.set(tail, head.length);
  return all;
}
