// What the configuration says of recording, as the recorder wants it.
import { defaultCarSetting } from "../../device/label-document.ts";
import type { Config } from "../config.ts";
import type { RecorderOptions } from "./recorder.ts";
import { defaultStickMapping } from "./stick-label.ts";

export function recorderOptions(
  config: Config,
): Pick<RecorderOptions, "surroundings" | "mapping" | "createdBy" | "settings"> {
  const { record, hardware } = config;
  const camera = config.cameras[0]!;
  return {
    surroundings: {
      hardware,
      carSetting: {
        camera: {
          ...defaultCarSetting.camera,
          "resolution-horizontal": camera.width,
          "resolution-vertical": camera.height,
          frame_rate: Math.round(camera.fps),
        },
        constant: {
          ...defaultCarSetting.constant,
          label_to_raw_dir_mapping: record.directions,
          label_to_raw_speed_mapping: record.speeds,
        },
      },
    },
    mapping: { ...defaultStickMapping, directionTicks: record.directions, speedTicks: record.speeds },
    createdBy: record.createdBy,
    settings: {
      delayMs: record.delayMs,
      standingEveryMs: record.standingEveryMs,
      eraseSeconds: record.eraseSeconds,
      buttons: record.buttons,
    },
  };
}
