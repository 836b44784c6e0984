// The live line of a running agent: rewritten in place on a terminal, a line now and then elsewhere.
import { readDiskSpace } from "../device/disk.ts";
import type { Agent } from "./agent.ts";
import { formatBytes } from "./stats.ts";
import { sumWatch } from "./summary.ts";

export type StatusLine = {
  /** Writes a whole line above the live one. */
  readonly print: (text: string) => void;
  /** Draws the line anew. */
  readonly draw: () => void;
  /** Leaves the last state standing; nothing is drawn after. */
  readonly end: () => void;
};

export type StatusStream = {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write: (text: string) => unknown;
};

/** Milliseconds between two draws. */
export function drawEveryMs(stream: StatusStream): number {
  return stream.isTTY ? 250 : 10_000;
}

/**
 * @param parts of the line, the most important first: on a narrow terminal the last ones are left out.
 * @param isService a service's stderr is its log, of JSON lines; how it is says `STATUS=` to its manager.
 */
export function createStatusLine(
  stream: StatusStream,
  parts: () => readonly string[],
  { isService = false }: { readonly isService?: boolean } = {},
): StatusLine {
  let ended = false;
  const clear = stream.isTTY ? "\r\x1b[2K" : "";
  const draw = (): void => {
    if (ended) return;
    if (stream.isTTY) stream.write(clear + fitLine(parts(), (stream.columns || 80) - 1));
    else if (!isService) stream.write(`${parts().join(" | ")}\n`);
  };
  return {
    draw,
    print: (line) => {
      stream.write(`${clear}${line.endsWith("\n") ? line : `${line}\n`}`);
      if (stream.isTTY) draw();
    },
    end: () => {
      if (ended) return;
      if (stream.isTTY) stream.write("\n");
      ended = true;
    },
  };
}

/** As many parts as fit into `columns`; the first is cut rather than left out. */
export function fitLine(parts: readonly string[], columns: number): string {
  const [first = "", ...rest] = parts;
  let line = first.slice(0, columns);
  for (const part of rest) {
    const longer = `${line} | ${part}`;
    if (longer.length > columns) break;
    line = longer;
  }
  return line;
}

/** The state of an agent, the most important first. */
export function describeAgent(agent: Agent): readonly string[] {
  const { stored, labels, delivered, waiting, failed } = agent.figures();
  const fps = agent.devices.cameras.reduce((sum, camera) => sum + camera.status().fps, 0);
  return [
    doing(agent),
    ...problemsOf(agent),
    `${fps.toFixed(1)} fps`,
    `frames ${stored}`,
    `labels ${labels}`,
    ...seenBy(agent),
    `waiting ${waiting}`,
    `delivered ${delivered}`,
    ...(failed > 0 ? [`failed ${failed}`] : []),
    describeDisk(agent.config.data),
  ];
}

/** What the watcher sees. */
function seenBy({ watcher }: Agent): readonly string[] {
  if (watcher === null) return [];
  const state = watcher.state();
  const { looked, frames, sequences, skipped } = sumWatch(state);
  const open = state.cameras.reduce((sum, { openSequences }) => sum + openSequences, 0);
  return [
    `looked ${looked}/${frames}${(skipped.busy ?? 0) > 0 ? `, busy ${skipped.busy}` : ""}`,
    `sequences ${sequences}${open > 0 ? ` (${open} now)` : ""}`,
  ];
}

function doing({ recorder, watcher, devices, driving }: Agent): string {
  const { run, paused } = recorder.state();
  if (run === null) return watcher !== null && watcher.state().state !== "idle" ? "watching" : "stopped";
  if (paused) return "paused";
  if (devices.drive.moves && !devices.drive.state().armed) return "standing";
  // A person at the stick is the usual case.
  const by = driving.wheel.driver()?.createdBy ?? null;
  return by === null ? "recording" : `recording, ${by} drives`;
}

function problemsOf({
  config,
  recorder,
  watcher,
  devices,
  driving,
  drain,
  retention,
}: Agent): readonly string[] {
  const records = config.cameras.some(({ record }) => record);
  const { needsConfirmation, stick, problem } = recorder.state();
  const pilot = driving.pilot.report();
  const { pressure } = retention.state();
  const camera = devices.cameras
    .map((each) => each.status())
    .find(({ state }) => state === "stalled" || state === "offline");
  const targets = drain.status();
  const resting = targets.filter(({ state }) => state === "resting");
  // The cap holds something most of the time: that is what it is for.
  const held = new Set(targets.flatMap(({ blocked }) => (blocked === "bandwidth" ? null : blocked) ?? []));
  const seeing = watcher?.state();
  const frozen = seeing?.cameras.find((each) => each.frozen);
  return [
    ...(seeing == null || seeing.problem === null ? [] : [`cannot see: ${seeing.problem}`]),
    ...(frozen === undefined ? [] : [`camera ${frozen.id} stands still`]),
    ...(pressure === "none" ? [] : [`disk: ${pressure}`]),
    ...(problem === null ? [] : [problem]),
    ...(camera === undefined
      ? []
      : [`camera ${camera.state}${camera.problem === null ? "" : `: ${camera.problem}`}`]),
    ...(records && stick !== null && !stick.connected ? ["no gamepad"] : []),
    ...(needsConfirmation
      ? [
          `${driving.wheel.stops().newest?.reason ?? "the gamepad is back"}: press pause with the trigger at rest`,
        ]
      : []),
    ...(pilot.state === "failed" ? [`no model drives: ${pilot.reason}`] : []),
    ...(resting.length === 0 ? [] : [`away: ${resting.map(({ name }) => name).join(", ")}`]),
    ...(held.size === 0 ? [] : [`not sent: ${[...held].join(", ")}`]),
  ];
}

function describeDisk(folder: string): string {
  try {
    return `disk ${formatBytes(readDiskSpace(folder).freeBytes)} free`;
  } catch {
    // A folder that was taken away must not end the agent; the store says what is wrong with the next frame.
    return "disk gone";
  }
}
