// Whether the source of a camera waits for whoever looks: then every picture is looked at, and none is skipped.
import { parseDeviceUrl } from "../../device/device-url.ts";

/** every: a folder, a tub at the consumer's pace, a video file, a simulation that runs as fast as it is looked at. */
export function paceOf(url: string): "newest" | "every" {
  const { driver, place, options } = parseDeviceUrl(url);
  const fps = options.get("fps");
  if (driver === "folder") return fps === undefined || Number(fps) === 0 ? "every" : "newest";
  if (driver === "tub") return fps !== undefined && Number(fps) === 0 ? "every" : "newest";
  if (driver === "sim") return options.get("pace") === "asap" ? "every" : "newest";
  const isFile = driver === "ffmpeg" && !/^(\/dev\/|[a-z]+:)/.test(place) && options.get("realtime") !== "1";
  return isFile ? "every" : "newest";
}
