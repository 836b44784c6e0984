// `keyboard:`: a terminal as a gamepad: which keys do what, how typed text is cut into keys, and the terminal's raw mode.
import type { Readable } from "node:stream";
import type { AxisName, ButtonName, Gamepad, GamepadDeps, GamepadState } from "./gamepad.ts";
import { disconnectedState } from "./gamepad.ts";
import { createKeyWheel, type KeyAction, type KeyWheelOptions } from "./key-wheel.ts";

/** The terminal's keys. */
export type KeyboardInput = {
  readonly stream: Readable & { readonly isTTY?: boolean; readonly setRawMode?: (raw: boolean) => unknown };
  /** Called at Ctrl-C, which a terminal in raw mode no longer turns into a signal. */
  readonly interrupt: () => void;
} & KeyWheelOptions;

const move = (axis: AxisName, to: number): KeyAction => ({ kind: "axis", axis, to });
const press = (name: ButtonName): KeyAction => ({ kind: "button", name });
const up = move("righttrigger", 1);
const back = move("lefttrigger", 1);
const left = move("leftx", -1);
const right = move("leftx", 1);

/** Keys by what the terminal sends. */
export const keyActions: ReadonlyMap<string, KeyAction> = new Map<string, KeyAction>([
  ["\x1b[A", up],
  ["\x1bOA", up],
  ["w", up],
  ["\x1b[B", back],
  ["\x1bOB", back],
  ["s", back],
  ["\x1b[D", left],
  ["\x1bOD", left],
  ["a", left],
  ["\x1b[C", right],
  ["\x1bOC", right],
  ["d", right],
  [" ", { kind: "stop" }],
  ["\x03", { kind: "interrupt" }],
  ["1", press("a")],
  ["2", press("b")],
  ["3", press("x")],
  ["4", press("y")],
  ["\r", press("start")],
  ["\n", press("start")],
  ["p", press("start")],
  ["\t", press("back")],
  ["g", press("guide")],
  ["q", press("leftshoulder")],
  ["e", press("rightshoulder")],
  ["i", press("dpup")],
  ["k", press("dpdown")],
  ["j", press("dpleft")],
  ["l", press("dpright")],
]);

const escapeKey = "\x1b";
// Longer than any sequence a terminal sends for a key.
const longestSequence = 16;

/** Cuts typed text into keys; `rest` is the beginning of a key whose end has not come yet. */
export function splitKeys(text: string): { readonly keys: readonly string[]; readonly rest: string } {
  const keys: string[] = [];
  let index = 0;
  while (index < text.length) {
    let key = text.charAt(index);
    if (key === escapeKey) {
      const after = text.slice(index + 1, index + longestSequence);
      if (/^(?:O|\[[0-9;]*)?$/.test(after) && index + longestSequence > text.length)
        return { keys, rest: text.slice(index) };
      key += /^(?:O[A-Z]|\[[0-9;]*[A-Za-z~])/.exec(after)?.[0] ?? "";
    }
    keys.push(key);
    index += key.length;
  }
  return { keys, rest: "" };
}

const tickMs = 20;

/** Makes a gamepad of a terminal. @throws when the input is not a terminal that can give single keys. */
export function createKeyboardGamepad(input: KeyboardInput, { clock }: GamepadDeps): Gamepad {
  const { stream } = input;
  if (stream.isTTY !== true || stream.setRawMode === undefined)
    throw new Error("Expected keyboard: to have a terminal to read keys from, got an input that is not one");
  const closing = new AbortController();

  async function* states(outer: AbortSignal): AsyncGenerator<GamepadState> {
    const signal = AbortSignal.any([outer, closing.signal]);
    const wheel = createKeyWheel(input);
    let text = "";
    let ended = false;
    const onData = (chunk: Buffer | string): void => {
      const { keys, rest } = splitKeys(text + chunk.toString());
      text = rest;
      for (const key of keys) {
        const action = keyActions.get(key);
        if (action?.kind === "interrupt") input.interrupt();
        else if (action !== undefined) wheel.type(action, clock.monotonicNs() / 1e6);
      }
    };
    const onEnd = (): void => {
      ended = true;
    };
    stream.setRawMode?.(true);
    stream.on("data", onData).on("end", onEnd).on("error", onEnd);
    try {
      while (!signal.aborted && !ended) {
        const state = wheel.take(clock.monotonicNs());
        if (state !== null) yield state;
        await clock.sleep(tickMs, signal).catch((cause: unknown) => {
          if (!signal.aborted) throw cause;
        });
      }
      if (ended) yield disconnectedState(clock.monotonicNs());
    } finally {
      stream.off("data", onData).off("end", onEnd).off("error", onEnd);
      stream.setRawMode?.(false);
      stream.pause();
    }
  }

  return { name: "keyboard", states, close: async () => closing.abort() };
}
