// What somebody sees who drives from afar: whether the car hears, who drives, what is asked for and what is applied, why it stopped.
import { axisBar } from "../../gamepad-screen.ts";
import type { DriveReport } from "../../remote/drive-messages.ts";
import { formatBytes, formatHours } from "../../stats.ts";
import { oneLine } from "../describe-answer.ts";
import type { DeviceReport } from "../report.ts";
import type { DriverPhase } from "./driver.ts";
import { armingWords, type HandOptions, keyWords } from "./hand.ts";

export type PanelState = {
  readonly device: string;
  readonly kind: HandOptions["kind"];
  readonly link: {
    readonly isConnected: boolean;
    readonly problem: string | null;
    /** Messages were left out because the network did not take those before. */
    readonly isBehind: boolean;
  };
  /** Question to the car and back, ms; null: not known yet. */
  readonly roundTripMs: number | null;
  /** Since the car was heard, ms; null: never. */
  readonly silentMs: number | null;
  readonly phase: DriverPhase;
  readonly note: string | null;
  readonly wish: { readonly steer: number; readonly throttle: number };
  readonly report: DriveReport | null;
  readonly record: DeviceReport;
  readonly health: DeviceReport;
};

/** The panel, line by line. */
export function renderPanel(state: PanelState): readonly string[] {
  const { device, kind, report, wish } = state;
  const applied = { steer: report?.steering ?? 0, throttle: report?.throttle ?? 0 };
  return [
    `${device}  ${linkWords(state)}`,
    phaseWords(state),
    `asked    steer ${axisBar("leftx", wish.steer)} ${signed(wish.steer)}`,
    `      throttle ${axisBar("leftx", wish.throttle)} ${signed(wish.throttle)}`,
    `applied  steer ${axisBar("leftx", applied.steer)} ${signed(applied.steer)}`,
    `      throttle ${axisBar("leftx", applied.throttle)} ${signed(applied.throttle)}`,
    wheelWords(report),
    recordWords(state),
    keyWords(kind),
  ].map(oneLine);
}

/** The same in one line, where there is no terminal to paint on. */
export function renderPanelLine(state: PanelState): string {
  return oneLine([`${state.device} ${linkWords(state)}`, phaseWords(state), recordWords(state)].join(" | "));
}

function linkWords({ link, roundTripMs, silentMs }: PanelState): string {
  if (!link.isConnected)
    return `NO LINK${link.problem === null ? "" : ` (${link.problem})`}; the car stops by itself`;
  if (link.isBehind) return "THE NETWORK DOES NOT KEEP UP; the car stops by itself";
  if (silentMs === null) return "link up, the car was not heard yet";
  const trip = roundTripMs === null ? "" : `, round trip ${Math.round(roundTripMs)} ms`;
  return silentMs > 3000
    ? `LINK UP, BUT THE CAR IS SILENT for ${Math.round(silentMs / 1000)} s`
    : `link up${trip}, heard ${(silentMs / 1000).toFixed(1)} s ago`;
}

function phaseWords({ phase, note, kind, report }: PanelState): string {
  if (phase === "driving") return "DRIVING";
  if (phase === "arming") return "arming …";
  // No key arms a car that is not to be driven from afar now.
  if (report?.remote.allowed === false)
    return `STANDING${note === null ? "" : `: ${note}`}; not allowed: ${report.remote.why ?? "it does not say why"}`;
  return `STANDING${note === null ? "" : `: ${note}`}; to arm: ${armingWords(kind)}`;
}

function wheelWords(report: DriveReport | null): string {
  if (report === null) return "wheel    –";
  const { driver, holder, armed, failSafe, failSafes } = report;
  const counts = Object.entries(failSafes).map(([cause, count]) => `${cause} ${count}`);
  return [
    `wheel    ${driver === null ? "nobody drives" : `${driver} drives`}${armed ? ", armed" : ""}`,
    holder === null ? "free" : `held by ${holder}`,
    ...(failSafe === null ? [] : [`last fail-safe ${failSafe.cause} at ${failSafe.at.slice(11, 19)}`]),
    ...(counts.length === 0 ? [] : [`fail-safes ${counts.join(", ")}`]),
  ].join("; ");
}

function recordWords({ record, health }: PanelState): string {
  const { state, frames } = record;
  const disk = (health.disk ?? {}) as DeviceReport;
  const free = typeof disk.freeBytes === "number" ? `disk ${formatBytes(disk.freeBytes)} free` : null;
  const hours = typeof disk.hoursLeft === "number" ? `, ${formatHours(disk.hoursLeft)} of capture` : "";
  return [
    `record   ${typeof state === "string" ? state : "–"}`,
    ...(typeof frames === "number" ? [`${frames} frames`] : []),
    `queue ${queueOf(health)}`,
    ...(free === null ? [] : [free + hours]),
  ].join("; ");
}

/** What waits for all targets. */
function queueOf({ queue }: DeviceReport): number | string {
  if (typeof queue !== "object" || queue === null) return "–";
  return Object.values(queue)
    .flatMap((lanes: unknown) => Object.values((lanes ?? {}) as object))
    .reduce((sum: number, count: unknown) => sum + (typeof count === "number" ? count : 0), 0);
}

function signed(value: number): string {
  return value.toFixed(2).padStart(5);
}
