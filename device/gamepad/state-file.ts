// Stick states on disk: JSON lines, a header and then one whole state a line with its time since the first. Format, writer, reader.
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import {
  type AxisName,
  type ButtonName,
  disconnectedState,
  type GamepadState,
  restingAxes,
} from "./gamepad.ts";
import { axisNames, buttonNames, isTrigger } from "./mapping.ts";
import type { TimedState } from "./timed-gamepad.ts";

const version = 1;

/** A file that is being written. */
export type StateFileWriter = {
  /** Appends a state; resolves when the system has it. */
  readonly write: (state: GamepadState) => Promise<void>;
  /** Ends the file; `atNs` (monotonic) tells how long the last state held. May be called twice. */
  readonly close: (atNs?: number) => Promise<void>;
};

/** Starts a new file for the states of a pad. @throws when the file is there already: a recording is never overwritten. */
export async function createStateFile(path: string, gamepadName: string): Promise<StateFileWriter> {
  const file = await open(path, "wx");
  let firstNs: number | null = null;
  let lastNs = Number.NEGATIVE_INFINITY;
  let closed = false;
  // A replay gives a state up to half a millisecond before the moment it is stamped with, so the next may seem to be earlier.
  const append = async (state: GamepadState): Promise<void> => {
    firstNs ??= state.monotonicNs;
    lastNs = Math.max(lastNs, state.monotonicNs);
    await file.appendFile(`${formatState({ ...state, monotonicNs: lastNs }, firstNs)}\n`);
  };
  await file.appendFile(
    `${JSON.stringify({ format: "outrider-gamepad-states", version, gamepad: gamepadName })}\n`,
  );
  return {
    write: append,
    close: async (atNs) => {
      if (closed) return;
      closed = true;
      try {
        if (atNs !== undefined && firstNs !== null) await append(disconnectedState(atNs));
      } finally {
        await file.close();
      }
    },
  };
}

function formatState(state: GamepadState, firstNs: number): string {
  const ms = Math.round((state.monotonicNs - firstNs) / 1000) / 1000;
  const axes = Object.fromEntries(
    axisNames.filter((name) => state.axes[name] !== 0).map((name) => [name, state.axes[name]]),
  );
  return JSON.stringify({
    ms,
    ...(state.connected ? {} : { connected: false }),
    axes,
    down: [...state.down],
  });
}

/**
 * Reads a file's states in order. A cut last line (the recorder lost power) ends the file; `onProblem` is told.
 * @throws Error with path, line, rule and value for anything else that is wrong.
 */
export async function* readStateFile(
  path: string,
  onProblem: (problem: string) => void,
): AsyncGenerator<TimedState> {
  const lines = createInterface({
    input: createReadStream(path, "utf8"),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let number = 0;
  let held: string | null = null;
  let lastMs = 0;
  const read = (line: string): TimedState | null => {
    if (number === 1) {
      checkHeader(line, path);
      return null;
    }
    const state = parseState(line, `${path} line ${number}`);
    if (state.ms < lastMs)
      throw new Error(`${path} line ${number}: expected ms not below ${lastMs}, got ${state.ms}`);
    lastMs = state.ms;
    return state;
  };
  // One line is held back, because only the last may be cut.
  for await (const line of lines) {
    if (line.trim() === "") continue;
    if (held !== null) {
      number += 1;
      const state = read(held);
      if (state !== null) yield state;
    }
    held = line;
  }
  number += 1;
  if (held === null) throw new Error(`${path}: expected a file of gamepad states, got an empty file`);
  if (number > 1 && !held.trimEnd().endsWith("}")) {
    onProblem(`${path} line ${number} is cut off and was left out`);
    return;
  }
  const state = read(held);
  if (state !== null) yield state;
}

function checkHeader(line: string, path: string): void {
  const header = parseJson(line, `${path} line 1`);
  if (header.format !== "outrider-gamepad-states")
    throw new Error(
      `${path}: expected a file of gamepad states ("format":"outrider-gamepad-states" in line 1), got ${clip(line)}`,
    );
  if (header.version !== version)
    throw new Error(
      `${path}: expected version ${version} of the gamepad state format, got ${String(header.version)}`,
    );
}

function parseState(line: string, where: string): TimedState {
  const { ms, connected = true, axes: storedAxes = {}, down = [] } = parseJson(line, where);
  if (typeof ms !== "number" || !Number.isFinite(ms) || ms < 0)
    throw new Error(`${where}: expected ms to be a number from 0, got ${JSON.stringify(ms)}`);
  if (typeof connected !== "boolean")
    throw new Error(`${where}: expected connected to be true or false, got ${JSON.stringify(connected)}`);
  if (!Array.isArray(down))
    throw new Error(`${where}: expected down to be a list, got ${clip(JSON.stringify(down))}`);
  return {
    ms,
    connected,
    axes: parseAxes(storedAxes, where),
    down: down.map((name) => parseButton(name, where)),
  };
}

function parseAxes(value: unknown, where: string): Readonly<Record<AxisName, number>> {
  const axes: Record<AxisName, number> = { ...restingAxes };
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error(`${where}: expected axes to be an object, got ${clip(JSON.stringify(value))}`);
  for (const [name, position] of Object.entries(value)) {
    const axis = axisNames.find((known) => known === name);
    if (axis === undefined)
      throw new Error(`${where}: expected an axis of ${axisNames.join(", ")}, got "${clip(name)}"`);
    const min = isTrigger(axis) ? 0 : -1;
    if (typeof position !== "number" || !(position >= min && position <= 1))
      throw new Error(`${where}: expected axes.${axis} to be ${min}…1, got ${JSON.stringify(position)}`);
    axes[axis] = position;
  }
  return axes;
}

function parseButton(value: unknown, where: string): ButtonName {
  const name = buttonNames.find((known) => known === value);
  if (name === undefined)
    throw new Error(
      `${where}: expected a button of ${buttonNames.join(", ")}, got ${clip(JSON.stringify(value))}`,
    );
  return name;
}

function parseJson(line: string, where: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new Error(`${where}: expected a JSON object, got ${clip(line)}`, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error(`${where}: expected a JSON object, got ${clip(line)}`);
  return value as Record<string, unknown>;
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
