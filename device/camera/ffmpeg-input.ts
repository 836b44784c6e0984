// What ffmpeg is asked to read, and the command line for it. Everything comes out as JPEGs on stdout.
import { checkOptions, DeviceUrlError, parseDeviceUrl } from "../device-url.ts";
import type { CameraSettings } from "./camera.ts";

/** What stands behind `ffmpeg:`. */
export type FfmpegInput =
  /** A V4L2 device that gives JPEGs itself (`format` mjpeg: they are kept as they are) or raw pictures (yuyv422, …). */
  | { readonly kind: "device"; readonly place: string; readonly format: string }
  | { readonly kind: "stream"; readonly place: string }
  | { readonly kind: "file"; readonly place: string; readonly isRealtime: boolean }
  /** A libavfilter source such as testsrc2=size=640x480:rate=30. */
  | { readonly kind: "generator"; readonly place: string };

/** @throws Error naming the rule and the value. */
export function parseFfmpegUrl(url: string): FfmpegInput {
  const place = url.trim().replace(/^ffmpeg:/, "");
  // These keep their question marks: they are the stream's own, or a filter's.
  if (/^(rtsps?|https?|rtmps?|srt|udp|tcp|rtp):\/\//.test(place)) return { kind: "stream", place };
  if (place.startsWith("lavfi:")) return { kind: "generator", place: place.slice("lavfi:".length) };
  const device = parseDeviceUrl(url);
  if (device.place === "")
    throw new DeviceUrlError(
      'Expected "ffmpeg:" to be followed by a device, a stream or a file, got nothing',
    );
  if (device.place.startsWith("/dev/")) {
    checkOptions(device, ["format"]);
    const format = device.options.get("format") ?? "mjpeg";
    if (!/^[a-z0-9]+$/.test(format))
      throw new DeviceUrlError(`Expected ffmpeg:?format to be like mjpeg or yuyv422, got "${format}"`);
    return { kind: "device", place: device.place, format };
  }
  checkOptions(device, ["realtime"]);
  const realtime = device.options.get("realtime") ?? "0";
  if (realtime !== "0" && realtime !== "1") {
    throw new DeviceUrlError(`Expected ffmpeg:?realtime to be 0 or 1, got "${realtime}"`);
  }
  return { kind: "file", place: device.place, isRealtime: realtime === "1" };
}

/** The arguments for ffmpeg. @param libavformat its major version: 59 renamed RTSP's time limit, 60 has -vsync under another name. */
export function ffmpegArguments(input: FfmpegInput, settings: CameraSettings, libavformat: number): string[] {
  return [
    ...["-nostdin", "-hide_banner", "-nostats", "-loglevel", "warning"],
    ...inputArguments(input, settings, libavformat),
    ...outputArguments(input, settings, libavformat),
    "pipe:1",
  ];
}

function inputArguments(input: FfmpegInput, settings: CameraSettings, libavformat: number): string[] {
  const { width, height, fps } = settings;
  switch (input.kind) {
    case "device":
      return [
        ...["-f", "v4l2", input.format === "mjpeg" ? "-input_format" : "-pixel_format", input.format],
        ...["-video_size", `${width}x${height}`, "-framerate", String(fps), "-i", input.place],
      ];
    case "stream": {
      // UDP, the default of RTSP, tears pictures. Time limits are in microseconds.
      const timeLimit = libavformat >= 59 ? "-timeout" : "-stimeout";
      const isRtsp = /^rtsps?:/.test(input.place);
      const transport = isRtsp
        ? ["-rtsp_transport", "tcp", timeLimit, "10000000"]
        : ["-rw_timeout", "10000000"];
      const isHttp = /^https?:/.test(input.place);
      return [
        ...(isRtsp || isHttp ? transport : []),
        ...["-use_wallclock_as_timestamps", "1", "-fflags", "+genpts+discardcorrupt", "-i", input.place],
      ];
    }
    case "file":
      // "file:" keeps ffmpeg from taking a name with a colon for a protocol.
      return [...(input.isRealtime ? ["-re"] : []), "-i", `file:${input.place}`];
    case "generator":
      return ["-re", "-f", "lavfi", "-i", input.place];
  }
}

function outputArguments(input: FfmpegInput, settings: CameraSettings, libavformat: number): string[] {
  if (input.kind === "device" && input.format === "mjpeg") return ["-an", "-c:v", "copy", "-f", "mjpeg"];
  const rate = input.kind === "stream" ? ["-vf", `fps=${settings.fps}`] : [];
  // Each picture of a file once: neither doubled nor left out to make the rate even.
  const once = input.kind === "file" ? [libavformat >= 60 ? "-fps_mode" : "-vsync", "passthrough"] : [];
  const quality = String(jpegQuantizer(settings.quality));
  return [
    "-an",
    ...rate,
    ...once,
    "-c:v",
    "mjpeg",
    "-q:v",
    quality,
    "-pix_fmt",
    "yuvj420p",
    "-f",
    "image2pipe",
  ];
}

/** Quality 1–100 as ffmpeg's quantizer 31–2. */
function jpegQuantizer(quality: number): number {
  return Math.min(31, Math.max(2, Math.round(31 - (quality * 29) / 100)));
}
