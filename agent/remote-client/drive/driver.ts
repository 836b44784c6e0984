// The driver's end of `control/drive`: says nothing until the person arms, then what the hand asks for as long as it is held, and stops
// saying so the moment anything is in doubt: the car stops by itself when it hears nothing. Pure: time and messages are passed in.
import type { ControlDrive, DriveReport } from "../../remote/drive-messages.ts";
import type { Hand } from "./hand.ts";

/** idle: nothing is sent. arming: neutral is sent with the wish to move. stopping: the car is told to stand, a few times. */
export type DriverPhase = "idle" | "arming" | "driving" | "stopping";

export type DriverOptions = {
  /** Who drives, on the wire: 1–64 letters, digits, - or _. */
  readonly id: string;
  /** How long a command may be in force without a fresh one, ms. */
  readonly validMs?: number;
  /** A hand that asks for nothing so long lets go, ms: nobody may be there any more. Default 10 s. */
  readonly idleMs?: number;
};

/** Life: create → hand, heard, link and next, in any order → leave once. */
export type RemoteDriver = {
  readonly hand: (hand: Hand) => void;
  /** What the car says of its wheel. */
  readonly heard: (report: DriveReport) => void;
  readonly link: (isConnected: boolean) => void;
  /** The message to send now, 20 times a second; null: none. @param nowMs monotonic. */
  readonly next: (nowMs: number) => ControlDrive | null;
  /** The last message: neutral, and the wheel given back. */
  readonly leave: (nowMs: number) => ControlDrive;
  readonly phase: () => DriverPhase;
  /** What the person should know; null: nothing is wrong. */
  readonly note: () => string | null;
  /** What is asked for now. */
  readonly wish: () => { readonly steer: number; readonly throttle: number };
  /** Messages sent, stops that were not asked for. */
  readonly figures: () => { readonly sent: number; readonly arms: number; readonly stops: number };
};

/** QoS 0 may get lost: a stop is said more than once. */
const stopRepeats = 4;
const armWithinMs = 4_000;
/** Reports on their way when the car was armed still tell of before. */
const settleMs = 1_000;

export function createRemoteDriver({ id, validMs = 500, idleMs = 10_000 }: DriverOptions): RemoteDriver {
  let hand: Hand = { steer: 0, throttle: 0, held: false, armed: false };
  let wantsToArm = false;
  let isConnected = false;
  let phase: DriverPhase = "idle";
  let note: string | null = null;
  let report: DriveReport | null = null;
  let sinceMs = 0;
  let activeMs = 0;
  let stopsLeft = 0;
  let [seq, arms, stops] = [0, 0, 0];

  const enter = (next: DriverPhase, words: string | null, nowMs = sinceMs): void => {
    phase = next;
    note = words;
    sinceMs = nowMs;
    if (next === "stopping") stopsLeft = stopRepeats;
  };
  /** The car stands although nobody let go. */
  const stopped = (words: string): void => {
    stops += 1;
    enter("idle", words);
  };
  const message = (nowMs: number, parts: Partial<ControlDrive>): ControlDrive => {
    const said = { steer: 0, throttle: 0, hold: true, arm: false, release: false, ...parts };
    seq += 1;
    return { seq, sentMs: Math.max(0, Math.round(nowMs)), validMs, driver: id, ...said };
  };
  const isOurs = (): boolean => report?.armed === true && report.holder === id && report.driver === "remote";

  const begin = (nowMs: number): void => {
    if (!hand.held) return;
    if (hand.throttle !== 0) {
      note = "the car is armed with the throttle at rest only";
      return;
    }
    arms += 1;
    report = null;
    enter("arming", null, nowMs);
  };
  const goOn = (nowMs: number): void => {
    if (phase === "arming" && isOurs()) {
      activeMs = nowMs;
      enter("driving", null, nowMs);
    }
    if (phase === "arming" && nowMs - sinceMs > armWithinMs)
      enter("stopping", whyNotArmed(report, id), nowMs);
    if (phase !== "arming" && phase !== "driving") return;
    if (hand.steer !== 0 || hand.throttle !== 0) activeMs = nowMs;
    if (!hand.held) enter("stopping", "let go", nowMs);
    else if (phase === "driving" && nowMs - activeMs > idleMs)
      enter("stopping", `nothing was asked for in ${idleMs / 1000} s`, nowMs);
  };

  return {
    hand: (next) => {
      hand = next;
      wantsToArm ||= next.armed;
    },
    heard: (next) => {
      report = next;
    },
    link: (connected) => {
      if (!connected && (phase === "driving" || phase === "arming"))
        stopped("the link is lost: the car stops by itself");
      isConnected = connected;
    },
    next: (nowMs) => {
      const arm = wantsToArm;
      wantsToArm = false;
      if (!isConnected) return null;
      if (arm && (phase === "idle" || phase === "stopping")) begin(nowMs);
      goOn(nowMs);
      if (phase === "driving" && nowMs - sinceMs > settleMs && !isOurs()) stopped(whyStopped(report, id));
      if (phase === "arming") return message(nowMs, { arm: true });
      if (phase === "driving") return message(nowMs, { steer: hand.steer, throttle: hand.throttle });
      if (phase === "idle") return null;
      stopsLeft -= 1;
      if (stopsLeft === 0) enter("idle", note);
      return message(nowMs, { hold: false });
    },
    leave: (nowMs) => {
      enter("idle", null, nowMs);
      return message(nowMs, { hold: false, release: true });
    },
    phase: () => phase,
    note: () => note,
    wish: () =>
      phase === "driving" ? { steer: hand.steer, throttle: hand.throttle } : { steer: 0, throttle: 0 },
    figures: () => ({ sent: seq, arms, stops }),
  };
}

function whyNotArmed(report: DriveReport | null, id: string): string {
  if (report === null) return "the car does not say whether it is armed";
  if (!report.remote.allowed)
    return `it may not be driven from afar: ${report.remote.why ?? "it does not say why"}`;
  if (report.holder !== null && report.holder !== id)
    return `somebody else holds the wheel (${report.holder})`;
  return "the car did not arm";
}

function whyStopped(report: DriveReport | null, id: string): string {
  if (report === null) return "the car does not say how it is";
  if (report.driver !== null && report.driver !== "remote") return `the ${report.driver} drives now`;
  if (report.holder !== null && report.holder !== id)
    return `somebody else took the wheel (${report.holder})`;
  const { failSafe } = report;
  return failSafe === null ? "the car was stopped" : `fail-safe ${failSafe.cause}: ${failSafe.reason}`;
}
