// What goes over the pipe between a program that drives and its guard: one JSON object a line, bounded, looked at before it is believed.
import { type DriveCommand, type DriveState, type FailSafe, neutralCommand } from "./drive.ts";

/** To the guard. `n` rises; the answer names it. */
export type GuardQuestion =
  | { readonly ask: "open"; readonly n: number; readonly url: string }
  | { readonly ask: "arm"; readonly n: number; readonly validMs: number }
  | {
      readonly ask: "apply";
      readonly n: number;
      readonly command: DriveCommand;
      readonly validMs: number;
      /** Monotonic ns at which it was given. */
      readonly sentNs: number;
    }
  | { readonly ask: "neutral"; readonly n: number; readonly reason: string }
  | { readonly ask: "close"; readonly n: number };

/** From the guard. */
export type GuardAnswer =
  | { readonly say: "done"; readonly n: number; readonly state: DriveState }
  | { readonly say: "refused"; readonly n: number; readonly message: string }
  | { readonly say: "stopped"; readonly failSafe: FailSafe }
  | { readonly say: "log"; readonly level: "debug" | "info" | "warn" | "error"; readonly message: string };

// The longest is an address with all of a car's calibration.
const longestLine = 8192;

/** One message as a line. */
export function formatFrame(message: GuardQuestion | GuardAnswer): string {
  return `${JSON.stringify(message)}\n`;
}

/** Cuts what comes from a pipe into lines; one that is too long is handed on as "", which is no message. */
export function createLineCutter(onLine: (line: string) => void): (bytes: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest = "";
  let isTooLong = false;
  return (bytes) => {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      onLine(isTooLong || line.length > longestLine ? "" : line);
      isTooLong = false;
    }
    if (rest.length <= longestLine) return;
    rest = "";
    isTooLong = true;
  };
}

/** null: not a question. */
export function parseQuestion(line: string): GuardQuestion | null {
  const from = parseObject(line);
  if (from === null || !isCount(from.n)) return null;
  const { n, ask } = from;
  if (ask === "close") return { ask, n };
  if (ask === "arm") return isNumber(from.validMs) ? { ask, n, validMs: from.validMs } : null;
  if (ask === "open") return typeof from.url === "string" ? { ask, n, url: from.url } : null;
  if (ask === "neutral") return typeof from.reason === "string" ? { ask, n, reason: from.reason } : null;
  if (ask !== "apply") return null;
  const command = parseCommand(from.command);
  const { validMs, sentNs } = from;
  return command !== null && isNumber(validMs) && isNumber(sentNs)
    ? { ask, n, command, validMs, sentNs }
    : null;
}

/** null: not an answer. */
export function parseAnswer(line: string): GuardAnswer | null {
  const from = parseObject(line);
  if (from === null) return null;
  const { n, say, message, level } = from;
  if (say === "done") {
    const state = parseState(from.state);
    return isCount(n) && state !== null ? { say, n, state } : null;
  }
  if (say === "refused") return isCount(n) && typeof message === "string" ? { say, n, message } : null;
  if (say === "log")
    return typeof message === "string" && isOneOf(level, levels) ? { say, level, message } : null;
  if (say !== "stopped") return null;
  const failSafe = parseFailSafe(from.failSafe);
  return failSafe === null ? null : { say, failSafe };
}

const levels = ["debug", "info", "warn", "error"] as const;
const causes = ["stale", "lost", "guard", "bus"] as const;

function parseState(value: unknown): DriveState | null {
  const { armed, applied, neutralReason } = fieldsOf(value);
  const command = parseCommand(applied);
  if (typeof armed !== "boolean" || command === null) return null;
  if (neutralReason !== null && typeof neutralReason !== "string") return null;
  return { armed, applied: command, neutralReason };
}

function parseFailSafe(value: unknown): FailSafe | null {
  const { cause, reason, atNs, silentMs, applied } = fieldsOf(value);
  const command = parseCommand(applied);
  if (!isOneOf(cause, causes) || typeof reason !== "string" || command === null) return null;
  return isNumber(atNs) && isNumber(silentMs) ? { cause, reason, atNs, silentMs, applied: command } : null;
}

function parseCommand(value: unknown): DriveCommand | null {
  const { steering, throttle } = fieldsOf(value);
  if (!isNumber(steering) || !isNumber(throttle)) return null;
  return steering === 0 && throttle === 0 ? neutralCommand : { steering, throttle };
}

type Fields = Readonly<Record<string, unknown>>;

function parseObject(line: string): Fields | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Fields) : null;
  } catch {
    return null; // Garbage: what it means is for the caller to say.
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function isOneOf<T extends string>(value: unknown, known: readonly T[]): value is T {
  return known.includes(value as T);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
