import assert from "node:assert/strict";
import { test } from "node:test";
import { ffmpegArguments, parseFfmpegUrl } from "../../../device/camera/ffmpeg-input.ts";

const settings = { id: "front", url: "", width: 1280, height: 720, fps: 15, quality: 90 };
const always = "-nostdin -hide_banner -nostats -loglevel warning";

test("parseFfmpegUrl() leaves a stream's own question mark alone", () => {
  const place = "rtsp://user:pa?ss@10.0.0.5/cam?channel=1&subtype=0";
  assert.deepEqual(parseFfmpegUrl(`ffmpeg:${place}`), { kind: "stream", place });
});

test("parseFfmpegUrl() says rule and value of what it cannot use", () => {
  assert.throws(() => parseFfmpegUrl("ffmpeg:"), /got nothing/);
  assert.throws(() => parseFfmpegUrl("ffmpeg:/dev/video0?rate=3"), /only the options format/);
  assert.throws(() => parseFfmpegUrl("ffmpeg:/dev/video0?format=-i x"), /format to be like mjpeg or yuyv422/);
  assert.throws(() => parseFfmpegUrl("ffmpeg:a.mp4?realtime=yes"), /realtime to be 0 or 1, got "yes"/);
});

test("ffmpegArguments() keeps the JPEGs of a USB camera as they are", () => {
  assert.equal(
    line("ffmpeg:/dev/v4l/by-id/usb-cam"),
    `${always} -f v4l2 -input_format mjpeg -video_size 1280x720 -framerate 15 -i /dev/v4l/by-id/usb-cam -an -c:v copy -f mjpeg pipe:1`,
  );
  assert.match(line("ffmpeg:/dev/video0?format=yuyv422"), /-pixel_format yuyv422 .* -c:v mjpeg -q:v 5 /);
});

test("ffmpegArguments() asks for RTSP over TCP with a time limit, by the name that this ffmpeg knows", () => {
  const url = "ffmpeg:rtsp://10.0.0.5/cam";
  assert.match(
    line(url, 59),
    /-rtsp_transport tcp -timeout 10000000 .*-i rtsp:\/\/10.0.0.5\/cam -an -vf fps=15 /,
  );
  assert.match(line(url, 58), /-stimeout 10000000 /);
});

test("ffmpegArguments() gives each picture of a file once, and takes no file name for an address", () => {
  assert.match(line("ffmpeg:http: a film.mp4", 60), / -i file:http: a film.mp4 -an -fps_mode passthrough /);
  assert.match(line("ffmpeg:a.mp4?realtime=1", 59), / -re -i file:a.mp4 -an -vsync passthrough /);
});

function line(url: string, libavformat = 61): string {
  return ffmpegArguments(parseFfmpegUrl(url), settings, libavformat).join(" ");
}
