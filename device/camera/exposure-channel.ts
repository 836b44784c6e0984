// A second stream beside the pictures: rpicam-vid's metadata in text form, through a FIFO, for the moment of each exposure.
// Node's own extra pipes are sockets, which a program cannot open by name; a FIFO read by `cat` works everywhere.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Clock } from "../clock.ts";
import { startChild } from "./child.ts";

/** Life: open → close, once for each start of the program. */
export type ExposureChannel = {
  /** What the program has to be told. */
  readonly args: readonly string[];
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

/**
 * Opens a channel. @param onExposure told for each frame in order: the sensor's time stamp, ns of the kernel's monotonic clock;
 * null when the frame's metadata holds none.
 * @throws Error when no FIFO can be made here.
 */
export async function openExposureChannel(
  clock: Clock,
  onExposure: (sensorNs: number | null) => void,
): Promise<ExposureChannel> {
  const folder = await mkdtemp(join(tmpdir(), "outrider-camera-"));
  const path = join(folder, "metadata");
  try {
    await promisify(execFile)("mkfifo", [path]);
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    throw cause;
  }
  const parser = createMetadataParser(onExposure);
  const reader = startChild({
    program: "cat",
    args: [path],
    onOutput: (chunk) => parser.push(chunk.toString("latin1")),
    onErrorLine: () => undefined,
    clock,
    graceMs: 1000,
  });
  return {
    args: ["--metadata", path, "--metadata-format", "txt"],
    close: async () => {
      await reader.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Reads `Name=value` lines; an empty line ends a frame. */
export function createMetadataParser(onExposure: (sensorNs: number | null) => void): {
  readonly push: (text: string) => void;
} {
  let rest = "";
  let sensorNs: number | null = null;
  let hasFields = false;
  return {
    push: (text) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!.slice(0, 4096);
      for (const line of lines) {
        if (line.trim() === "") {
          if (hasFields) onExposure(sensorNs);
          hasFields = false;
          sensorNs = null;
          continue;
        }
        hasFields = true;
        const match = /^SensorTimestamp=(\d+)/.exec(line);
        if (match !== null) sensorNs = Number(match[1]);
      }
    },
  };
}
