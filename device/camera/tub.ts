// `tub:DIR?fps=recorded`: the pictures of a donkeycar tub as a camera; `truth` holds what the driver did with each.
import { basename } from "node:path";
import { checkOptions, type DeviceUrl, numberOption, parseDeviceUrl } from "../device-url.ts";
import { readTubRecords, type TubRecord, tubIntervalMs } from "../tub.ts";
import type { Camera, CameraDeps, CameraSettings } from "./camera.ts";
import { readPictureFile } from "./read-picture.ts";
import { createReplayCamera, type ReplayPace, type ReplayPicture } from "./replay-camera.ts";
import type { CameraTally } from "./tally.ts";

/**
 * Opens a tub as a camera. `fps`: a number, `recorded` (default), or 0 for the consumer's own pace without any loss.
 * @throws Error when the folder is no tub or an option is wrong.
 */
export async function openTubCamera(settings: CameraSettings, deps: CameraDeps): Promise<Camera> {
  const url = parseDeviceUrl(settings.url);
  checkOptions(url, ["fps"]);
  const pace = paceOf(url);
  // Asking for the first record tells whether this is a tub at all.
  for await (const _record of readTubRecords(url.place)) break;

  async function* read(tally: CameraTally, signal: AbortSignal): AsyncGenerator<ReplayPicture> {
    const leaveOut = (reason: string, problem: string): void => {
      tally.count();
      tally.dropped(reason);
      tally.report(problem);
      deps.log.warn({ camera: settings.id }, problem);
    };
    const onProblem = (problem: string): void => leaveOut("unreadable", problem);
    let recordedMs = 0;
    let before: TubRecord | null = null;
    for await (const record of readTubRecords(url.place, { onProblem })) {
      if (signal.aborted) return;
      if (before !== null) recordedMs += tubIntervalMs(before, record);
      before = record;
      const file = await readPictureFile(record.picturePath);
      if ("dropped" in file) {
        leaveOut(file.dropped, file.problem);
        continue;
      }
      const { modifiedMs: _modifiedMs, ...picture } = file;
      yield { ...picture, recordedMs, truth: truthOf(record) };
    }
  }
  return createReplayCamera({ id: settings.id, pace, read }, deps);
}

function truthOf(record: TubRecord): ReplayPicture["truth"] {
  const { angle, throttle, mode, index, sessionId, timestampMs, picturePath } = record;
  return { angle, throttle, mode, index, session: sessionId, timestampMs, file: basename(picturePath) };
}

function paceOf(url: DeviceUrl): ReplayPace {
  if ((url.options.get("fps") ?? "recorded") === "recorded") return "recorded";
  const fps = numberOption(url, "fps", { min: 0, max: 1000, fallback: 0 });
  return fps === 0 ? "consumer" : { fps };
}
