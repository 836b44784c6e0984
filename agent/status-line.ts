// The live line of a running agent: rewritten in place on a terminal, a line now and then elsewhere.
import { readDiskSpace } from "../device/disk.ts";
import type { Agent } from "./agent.ts";
import { formatBytes } from "./stats.ts";

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

export function createStatusLine(stream: StatusStream, text: () => string): StatusLine {
  let ended = false;
  const clear = stream.isTTY ? "\r\x1b[2K" : "";
  const draw = (): void => {
    if (ended) return;
    const line = text();
    if (stream.isTTY) stream.write(clear + line.slice(0, (stream.columns ?? 80) - 1));
    else stream.write(`${line}\n`);
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

/** The state of an agent in one line of at most about 110 columns. */
export function describeAgent(agent: Agent): string {
  const state = agent.recorder.state();
  const { stored, labels, delivered, waiting, failed } = agent.figures();
  const fps = agent.devices.cameras.reduce((sum, camera) => sum + camera.status().fps, 0);
  const doing =
    state.run === null
      ? "stopped"
      : state.paused
        ? "paused"
        : agent.devices.drive.state().armed
          ? "recording"
          : "standing";
  const { freeBytes } = readDiskSpace(agent.config.data);
  const parts = [
    doing,
    `camera ${fps.toFixed(1)} fps`,
    `frames ${stored}`,
    `labels ${labels}`,
    `delivered ${delivered}`,
    `waiting ${waiting}`,
    ...(failed > 0 ? [`failed ${failed}`] : []),
    `disk ${formatBytes(freeBytes)} free`,
    ...(state.needsConfirmation ? ["gamepad is back: press pause with the trigger at rest"] : []),
    ...problemsOf(agent),
  ];
  return parts.join(" | ");
}

function problemsOf(agent: Agent): readonly string[] {
  const camera = agent.devices.cameras
    .map((each) => each.status())
    .find(({ state }) => state === "stalled" || state === "offline");
  const resting = agent.drain.status().filter(({ state }) => state === "resting");
  return [
    ...(camera === undefined
      ? []
      : [`camera ${camera.state}${camera.problem === null ? "" : `: ${camera.problem}`}`]),
    ...(resting.length === 0 ? [] : [`offline: ${resting.map(({ name }) => name).join(", ")}`]),
  ];
}
