// What the steps of the proof do with their hands: wait, ask the car, arm it and drive it as a person would.
import type { Clock } from "../../device/clock.ts";
import type { DriveReport } from "../remote/drive-messages.ts";
import type { DriveSummary } from "../remote-client/drive/drive.ts";
import type { PanelState } from "../remote-client/drive/panel.ts";
import { asDriveReport } from "../remote-client/drive/poll.ts";
import type { RemoteAnswer } from "../remote-client/report.ts";
import type { Eyes } from "./remote-drive-eyes.ts";
import type { ScriptedHand } from "./remote-drive-hand.ts";
import type { Places } from "./remote-drive-places.ts";
import type { Stage, StageOptions } from "./remote-drive-stage.ts";

/** Everything a step may use, and what the steps measure for those behind them. */
export type Play = StageOptions & {
  readonly stage: Stage;
  readonly eyes: Eyes;
  readonly hand: ScriptedHand;
  readonly panel: () => PanelState | null;
  /** The driver goes: neutral, and the wheel given back. */
  readonly leave: () => Promise<DriveSummary>;
  readonly measured: {
    /** Moments on the monotonic clock of the machine, ns. */
    cutNs: number;
    /** The same by the wall clock, µs. */
    cutUs: number;
    standingNs: number;
    backNs: number;
    neutralMs: number | null;
    standingMs: number | null;
    framesAway: number | null;
    places: Places | null;
  };
};

/** Trigger of the hand: about 0.9 m/s. */
const trigger = 0.32;
const patienceMs = 90_000;

/** A car that was stopped is armed again, with the trigger at rest, and driven on. true: it is driven now. */
export function driveAsPerson({ hand, panel }: Pick<Play, "hand" | "panel">): boolean {
  const phase = panel()?.phase;
  hand.drive(phase === "driving" ? trigger : 0);
  if (phase === "idle") hand.arm();
  return phase === "driving";
}

/** Arms with the hand at rest, as often as it takes. */
export async function arm(play: Play): Promise<void> {
  play.hand.drive(0);
  await until(
    () => `a car that is armed for us (the driver: ${stateOf(play)})`,
    play,
    async () => {
      const phase = play.panel()?.phase;
      if (phase === "idle") play.hand.arm();
      return phase === "driving";
    },
  );
}

/** How the driver is, for a message. */
export function stateOf({ panel }: Pick<Play, "panel">): string {
  const state = panel();
  return state === null ? "not there" : `${state.phase}${state.note === null ? "" : `, ${state.note}`}`;
}

type Asking = Pick<Play, "stage" | "signal">;

/** Asks the car, within 5 s. */
export function ask(
  { stage, signal }: Asking,
  command: string,
  parameters: Readonly<Record<string, unknown>>,
): Promise<RemoteAnswer> {
  return stage.client.ask(stage.device, command, { parameters, timeoutMs: 5_000, signal });
}

/** What the car says of its wheel; null: it did not say. */
export async function askWheel(asking: Asking): Promise<DriveReport | null> {
  const answer = await ask(asking, "drive", { action: "state" });
  return answer.status === "ok" ? asDriveReport(answer.data) : null;
}

type CarHealth = {
  readonly queue: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly drops: Readonly<Record<string, number>>;
  readonly targets: readonly { readonly name: string; readonly problem: string | null }[];
};

/** What waits and why, and what was lost, by the car's own count; null: it did not say. */
export async function askHealth(asking: Asking): Promise<{
  readonly queued: number;
  readonly dropped: number;
  readonly problems: readonly string[];
} | null> {
  const answer = await ask(asking, "status", {});
  if (answer.status !== "ok") return null;
  const { queue, drops, targets } = (answer.data as { readonly health: CarHealth }).health;
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
  return {
    queued: sum(Object.values(queue).flatMap((lanes) => Object.values(lanes))),
    dropped: sum(Object.values(drops)),
    problems: targets.flatMap(({ name, problem }) => (problem === null ? [] : [`${name}: ${problem}`])),
  };
}

/** Looks again and again. @throws Error that names `what` when it takes too long, or why the car is gone. */
export async function until<T>(
  what: string | (() => string),
  { stage, clock, signal }: { stage: Stage; clock: Clock; signal: AbortSignal },
  look: () => Promise<T | null | undefined | false>,
): Promise<T> {
  const startedNs = clock.monotonicNs();
  while ((clock.monotonicNs() - startedNs) / 1e6 < patienceMs) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    const crash = stage.car.crash();
    if (crash !== null) throw new Error(crash);
    await clock.sleep(50, signal);
  }
  throw new Error(`Expected within ${patienceMs / 1000} s: ${typeof what === "string" ? what : what()}`);
}
