// Parses the bytes of a joydev device (struct js_event, 8 bytes) and turns its numbers back into evdev codes. Pure.
import { endianness } from "node:os";
import { absCount, btn, keyCount } from "./input-codes.ts";
import type { RawChange, RawInput, RawParser } from "./raw-input.ts";

const eventBytes = 8;
const buttonType = 0x01;
const axisType = 0x02;
const initialFlag = 0x80;
const fullScale = 32767;

/** The evdev codes behind joydev's button and axis numbers. */
export type JoydevNumbers = { readonly buttons: readonly number[]; readonly axes: readonly number[] };

/** Numbers the controls as the kernel's joydev does: buttons from BTN_JOYSTICK up, then those from BTN_MISC; axes ascending, hats included. */
export function numberJoydevControls(keys: ReadonlySet<number>, axes: ReadonlySet<number>): JoydevNumbers {
  const ascending = (codes: ReadonlySet<number>): number[] => [...codes].sort((a, b) => a - b);
  const sorted = ascending(keys);
  return {
    buttons: [
      ...sorted.filter((code) => code >= btn.joystick && code < keyCount),
      ...sorted.filter((code) => code >= btn.misc && code < btn.joystick),
    ],
    axes: ascending(axes).filter((code) => code < absCount),
  };
}

/**
 * Makes a parser of a joydev byte stream. Axis values come out as −1..1: the kernel has calibrated them. Events the driver makes up to tell the present state (JS_EVENT_INIT: at open and after an overflow of its
 * queue) come out as `initial`. Numbers beyond the known controls are left out.
 */
export function createJoydevParser(
  numbers: JoydevNumbers,
  littleEndian: boolean = endianness() === "LE",
): RawParser {
  let cut: Uint8Array = new Uint8Array(0);
  return {
    push: (bytes) => {
      const all = cut.length === 0 ? bytes : Buffer.concat([cut, bytes]);
      const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
      const out: RawInput[] = [];
      let offset = 0;
      for (; offset + eventBytes <= all.length; offset += eventBytes) {
        const type = view.getUint8(offset + 6);
        const change = toChange(
          type & ~initialFlag,
          view.getUint8(offset + 7),
          view.getInt16(offset + 4, littleEndian),
          numbers,
        );
        if (change !== null) append(out, (type & initialFlag) !== 0 ? "initial" : "changes", change);
      }
      cut = all.slice(offset);
      return out;
    },
  };
}

function toChange(type: number, number: number, value: number, numbers: JoydevNumbers): RawChange | null {
  const codes = type === buttonType ? numbers.buttons : type === axisType ? numbers.axes : [];
  const code = codes[number];
  if (code === undefined) return null;
  return type === buttonType
    ? { kind: "button", code, value: value === 0 ? 0 : 1 }
    : { kind: "axis", code, value: Math.max(-1, value / fullScale) };
}

/** joydev has no reports: neighbours of one kind go together, but a button that changes twice keeps both changes. */
function append(out: RawInput[], kind: "initial" | "changes", change: RawChange): void {
  const last = out.at(-1);
  if (last !== undefined && last.kind === kind) (last.changes as RawChange[]).push(change);
  else out.push({ kind, changes: [change] });
}
