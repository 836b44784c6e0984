import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { openFfmpegCamera } from "../../../device/camera/ffmpeg.ts";
import { askProgram } from "../../../device/camera/program.ts";
import { createSystemClock } from "../../../device/clock.ts";
import { type Log, silentLog } from "../../../device/log.ts";
import { takeFrames, testCamera } from "../../contracts/camera.ts";
import { eventually } from "../../fakes/eventually.ts";
import { makeJpegs } from "../../fakes/pictures.ts";

const skip = (await askProgram("ffmpeg", ["-version"])) === null ? "ffmpeg is not installed" : false;
const folder = await mkdtemp(join(tmpdir(), "ffmpeg-camera-"));
test.after(() => rm(folder, { recursive: true }));
const film = join(folder, "film: one.mp4");
if (skip === false) {
  const source = "testsrc2=size=160x120:rate=25:duration=4";
  execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", source, "-c:v", "mpeg4", `file:${film}`]);
}
const never = new AbortController().signal;

testCamera("ffmpeg:FILE", () => open(`ffmpeg:${film}`), { ends: 100, skip });
testCamera("ffmpeg:lavfi:", () => open("ffmpeg:lavfi:testsrc2=size=160x120:rate=60"), { ends: null, skip });

test("openFfmpegCamera() gives a slow consumer every picture of a file, in order", { skip }, async () => {
  const camera = await open(`ffmpeg:${film}`);
  const indexes: unknown[] = [];
  for await (const frame of camera.frames(never)) {
    indexes.push(frame.truth?.index);
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    assert.equal(frame.width, 160);
  }
  assert.deepEqual(indexes, [...Array(100).keys()]);
  assert.deepEqual(camera.status().dropped, {});
  await camera.close();
});

test("openFfmpegCamera() plays a file at its own pace when asked", { skip }, async () => {
  const camera = await open(`ffmpeg:${film}?realtime=1`);
  const frames = await takeFrames(camera, 51, never);
  const ms = (frames.at(-1)!.moment.monotonicNs - frames[0]!.moment.monotonicNs) / 1e6;
  assert.ok(ms > 700, `50 pictures at 25 a second took ${ms} ms`);
  await camera.close();
});

test("openFfmpegCamera() tells what ffmpeg said of a file that is no film, or of a generator it does not know", {
  skip,
}, async () => {
  const path = join(folder, "notes.mp4");
  await writeFile(path, "no film");
  await assert.rejects(takeFrames(await open(`ffmpeg:${path}`), 1, never), /Invalid data found/);
  await assert.rejects(
    takeFrames(await open("ffmpeg:lavfi:nonsense=1"), 1, never),
    /No such filter: 'nonsense'/,
  );
});

test("openFfmpegCamera() reads a network stream, and starts it again when it breaks off", {
  skip,
}, async (t) => {
  const jpegs = await makeJpegs(4);
  const url = await serve(t, (_request, response) => {
    response.writeHead(200, { "content-type": "multipart/x-mixed-replace; boundary=frame" });
    for (let n = 0; n < 40; n += 1) {
      const jpeg = jpegs[n % 4]!;
      response.write(`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`);
      response.write(jpeg);
      response.write("\r\n");
    }
    setTimeout(() => response.destroy(), 300);
  });
  const camera = await open(`ffmpeg:${url}`);
  for await (const frame of camera.frames(never)) {
    assert.equal(frame.width, 160);
    if (camera.status().restarts > 0) break;
  }
  assert.match(camera.status().problem ?? "", /ffmpeg ended/);
  await camera.close();
});

test("openFfmpegCamera() says neither user nor password, whatever goes wrong", { skip }, async (t) => {
  const url = await serve(t, (request, response) => {
    response.writeHead(401, { "x-asked": request.url ?? "" });
    response.end("who are you?");
  });
  const said: string[] = [];
  const say = (fields: object, message: string): void => {
    said.push(`${JSON.stringify(fields)} ${message}`);
  };
  const log: Log = { debug: say, info: say, warn: say, error: say };
  const camera = await open(`ffmpeg:${url.replace("//", "//us3r:pa55%21word@")}?password=0ther`, log);
  const stop = new AbortController();
  const reading = takeFrames(camera, 1, stop.signal);
  const problem = await eventually("a problem", () => camera.status().problem);
  stop.abort();
  await reading;
  assert.match(problem, /refuses this user and password/);
  assert.ok(
    said.some((line) => line.includes("401")),
    "it did say what ffmpeg said",
  );
  for (const line of [problem, ...said]) assert.doesNotMatch(line, /us3r|pa55|0ther/);
  await camera.close();
});

test("openFfmpegCamera() waits for a device that is not plugged in, and says so", { skip }, async () => {
  const camera = await open("ffmpeg:/dev/video97");
  const stop = new AbortController();
  const reading = takeFrames(camera, 1, stop.signal);
  const problem = await eventually("a problem", () => camera.status().problem);
  assert.match(problem, /^The camera is not plugged in/);
  assert.equal(camera.status().state, "offline");
  stop.abort();
  assert.deepEqual(await reading, []);
  await camera.close();
});

test("openFfmpegCamera() refuses a file that is not there, a folder, and a missing ffmpeg", async () => {
  await assert.rejects(open(`ffmpeg:${folder}/none.mp4`), /to name a file: ENOENT/);
  await assert.rejects(open(`ffmpeg:${folder}`), /got a folder. Try: folder:/);
  const deps = { clock: createSystemClock(), log: silentLog };
  const opening = openFfmpegCamera(settings("ffmpeg:/dev/video0"), deps, { program: "no-such-ffmpeg" });
  await assert.rejects(opening, /Expected no-such-ffmpeg to be installed.*sudo apt install ffmpeg/);
});

function open(url: string, log: Log = silentLog) {
  return openFfmpegCamera(settings(url), { clock: createSystemClock(), log, random: () => 0 });
}

function settings(url: string) {
  return { id: "contract", url, width: 160, height: 120, fps: 25, quality: 80 };
}

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/video`;
}
