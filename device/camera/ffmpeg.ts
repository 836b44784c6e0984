// `ffmpeg:/dev/video0`, `ffmpeg:rtsp://…`, `ffmpeg:FILE?realtime=1`, `ffmpeg:lavfi:testsrc2=…`: whatever ffmpeg can read, as a camera.
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Camera, CameraDeps, CameraSettings } from "./camera.ts";
import { type FfmpegInput, ffmpegArguments, parseFfmpegUrl } from "./ffmpeg-input.ts";
import { createSecretHider } from "./hide-secrets.ts";
import { askProgram } from "./program.ts";
import { createSupervisedCamera, type SupervisorOptions } from "./supervisor.ts";
import { defaultWatchdogLimits, type WatchdogLimits } from "./watchdog.ts";

export type FfmpegDeps = CameraDeps & { readonly random?: () => number };

export type FfmpegOptions = {
  /** Name or path; default "ffmpeg". */
  readonly program?: string;
  readonly limits?: Partial<WatchdogLimits>;
};

/**
 * Opens a device, a stream or a file by ffmpeg. Devices and streams need not be there yet and are tried again for ever; a
 * file gives every picture at the consumer's pace (`?realtime=1`: at its own) and ends.
 * @throws Error when an option is wrong, the file is not there, or ffmpeg is not installed.
 */
export async function openFfmpegCamera(
  settings: CameraSettings,
  deps: FfmpegDeps,
  options: FfmpegOptions = {},
): Promise<Camera> {
  const { program = "ffmpeg" } = options;
  const input = parseFfmpegUrl(settings.url);
  if (input.kind === "file") await checkFile(input.place);
  const version = await askProgram(program, ["-hide_banner", "-version"]);
  if (version === null) {
    throw new Error(`Expected ${program} to be installed, got none. Try: sudo apt install ffmpeg`);
  }
  return createSupervisedCamera(
    {
      id: settings.id,
      program,
      args: ffmpegArguments(input, settings, libavformatOf(version)),
      kind: endingOf(input),
      limits: { ...limitsOf(input, settings), ...options.limits },
      hide: createSecretHider(input.place),
      explain,
      ...(input.kind === "file" ? { truth: truthOf(input.place) } : {}),
    },
    { ...deps, random: deps.random ?? Math.random },
  );
}

function endingOf(input: FfmpegInput): SupervisorOptions["kind"] {
  if (input.kind === "device" || input.kind === "stream") return "live";
  return input.kind === "file" && !input.isRealtime ? "finite" : "timed";
}

function limitsOf(input: FfmpegInput, settings: CameraSettings): WatchdogLimits {
  // Still pictures are right in a film; a slow decoder is no dead camera.
  if (input.kind === "file" || input.kind === "generator") {
    return { firstFrameMs: 30_000, noFrameMs: 30_000, frozenMs: null, fps: null };
  }
  // A stream has to connect, and then comes at the rate it likes, up to the one asked for.
  if (input.kind === "stream") return { ...defaultWatchdogLimits, firstFrameMs: 20_000, noFrameMs: 5_000 };
  return { ...defaultWatchdogLimits, fps: settings.fps };
}

function truthOf(path: string): NonNullable<SupervisorOptions["truth"]> {
  const file = basename(path);
  return (index) => ({ file, index });
}

async function checkFile(path: string): Promise<void> {
  try {
    if (!(await stat(path)).isDirectory()) return;
  } catch (cause) {
    throw new Error(`Expected camera "ffmpeg:${path}" to name a file: ${(cause as Error).message}`, {
      cause,
    });
  }
  throw new Error(`Expected camera "ffmpeg:${path}" to name a file, got a folder. Try: folder:${path}`);
}

/** Major version of libavformat; 59 (ffmpeg 5) when it does not say. */
function libavformatOf(version: string): number {
  return Number(/libavformat\s+(\d+)/.exec(version)?.[1] ?? 59);
}

function explain(line: string): string | null {
  if (/401 Unauthorized|403 Forbidden/.test(line)) return "The camera refuses this user and password";
  if (/Connection refused|No route to host|Connection timed out|Network is unreachable/.test(line)) {
    return "The camera cannot be reached over the network";
  }
  if (/No such file or directory|No such device/.test(line)) return "The camera is not plugged in";
  if (/Device or resource busy/.test(line)) return "Another program holds the camera";
  if (/Permission denied/.test(line))
    return "No permission to open the camera; try: sudo usermod -aG video $USER";
  return null;
}
