import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { type TestContext, test } from "node:test";
import type { Camera } from "../../../device/camera/camera.ts";
import { openRpicamCamera, type RpicamOptions, rpicamArguments } from "../../../device/camera/rpicam.ts";
import { type Clock, createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import { takeFrames, testCamera } from "../../contracts/camera.ts";
import { eventually } from "../../fakes/eventually.ts";
import { type FakeRpicam, type FakeRpicamMode, installFakeRpicam } from "../../fakes/fake-rpicam.ts";
import { createFastClock } from "../../fakes/fast-clock.ts";
import { makeJpegs, withThumbnail } from "../../fakes/pictures.ts";

const jpegs = await makeJpegs(6, { width: 160, height: 120 });
const [thumbnail] = await makeJpegs(1, { width: 32, height: 24 });
const never = new AbortController().signal;
/** For tests about other things than waiting: a busy machine is no dead camera. */
const patient = { firstFrameMs: 60_000, noFrameMs: 60_000, frozenMs: null, fps: null };

const opened: Camera[] = [];
// A test that fails must leave no program behind.
test.afterEach(async () => {
  for (const camera of opened.splice(0)) await camera.close();
});

const contractFake = installFakeRpicam({ jpegs, modes: ["good"] });
test.after(() => contractFake.remove());
testCamera("rpicam: (a fake rpicam-vid)", () => open(contractFake, { limits: patient, graceMs: 1000 }), {
  ends: null,
});

test("rpicamArguments() asks for endless, flushed MJPEG on stdout without a preview, and passes on what it knows", () => {
  assert.deepEqual(
    rpicamArguments(settings("rpicam:1?hflip=1&vflip=0&rotation=180&ev=-0.5")).join(" "),
    [
      "--nopreview --timeout 0 --flush --codec mjpeg --camera 1 --quality 80 --width 640 --height 480",
      "--framerate 30 --hflip --rotation 180 --ev -0.5 --output -",
    ].join(" "),
  );
  assert.match(rpicamArguments(settings("rpicam:")).join(" "), /--camera 0 /);
  assert.throws(() => rpicamArguments(settings("rpicam:front")), /number of a camera, got "front"/);
  assert.throws(() => rpicamArguments(settings("rpicam:0?output=/etc/passwd")), /only the options hflip/);
  assert.throws(() => rpicamArguments(settings("rpicam:0?hflip=yes")), /hflip to be 0 or 1, got "yes"/);
  assert.throws(() => rpicamArguments(settings("rpicam:0?gain=--output")), /gain to have a value/);
});

test("openRpicamCamera() takes the first program that is installed, and says what to install when none is", async (t) => {
  const fake = install(t, ["good"]);
  const camera = await open(fake, { programs: ["/no/such/rpicam-vid", fake.program], limits: patient });
  assert.equal((await takeFrames(camera, 1, never)).length, 1);
  await camera.close();
  const opening = open(fake, { programs: ["no-rpicam-vid", "no-libcamera-vid"] });
  await assert.rejects(
    opening,
    /Expected one of no-rpicam-vid, no-libcamera-vid to be installed.*sudo apt install/,
  );
});

for (const mode of ["halves", "garbage", "oversize", "stderr flood"] as const) {
  test(`openRpicamCamera() gives every whole picture and no other from a program that gives ${mode}`, async (t) => {
    const fake = install(t, [mode], jpegs, 100);
    const camera = await open(fake, { limits: patient, maxFrameBytes: 1_000_000 });
    const frames = await takeFrames(camera, 20, never);
    for (const { bytes } of frames) assert.ok(jpegs.some((jpeg) => Buffer.from(jpeg).equals(bytes)));
    const { dropped, restarts } = camera.status();
    assert.equal(restarts, 0);
    if (mode === "halves") assert.ok(dropped.corrupt! >= 6 && frames.at(-1)!.sequence >= 26);
    if (mode === "oversize") assert.ok(dropped.oversize! >= 6);
    await camera.close();
  });
}

test("openRpicamCamera() does not take its own process's standing still for a camera that does", async (t) => {
  const fake = install(t, ["good"], jpegs, 20);
  const system = createSystemClock();
  let stoodNs = 0;
  const monotonicNs = (): number => system.monotonicNs() + stoodNs;
  const clock = { ...system, monotonicNs, now: () => ({ ...system.now(), monotonicNs: monotonicNs() }) };
  const camera = await open(fake, { limits: patient }, clock);
  const stop = new AbortController();
  const taken: number[] = [];
  const taking = (async () => {
    for await (const { sequence } of camera.frames(stop.signal)) taken.push(sequence);
  })();
  await eventually("pictures", () => taken.length > 5);
  // Minutes that nobody read for: the next look is due before the pictures that lie in the pipe are.
  stoodNs = 600e9;
  const untilMs = performance.now() + 200;
  while (performance.now() < untilMs);
  const before = taken.length;
  await eventually("pictures after that", () => taken.length > before + 10);
  stop.abort();
  await taking;
  assert.equal(camera.status().restarts, 0, camera.status().problem ?? "");
});

test("openRpicamCamera() gives pictures with an EXIF thumbnail whole", async (t) => {
  const exif = jpegs.map((jpeg) => withThumbnail(jpeg, thumbnail!));
  const fake = install(t, ["good"], exif);
  const camera = await open(fake, { limits: patient });
  const frames = await takeFrames(camera, 6, never);
  for (const [n, { bytes }] of frames.entries()) assert.ok(Buffer.from(exif[n]!).equals(bytes));
  await camera.close();
});

/** The limits that are not tested are set aside, for a busy machine. */
const faults: readonly [FakeRpicamMode, RegExp, RpicamOptions["limits"]][] = [
  [
    "stall",
    /^The sensor sends nothing.*\(Expected a picture within 2000 ms, got none\)/,
    { firstFrameMs: 600_000 },
  ],
  [
    "silent",
    /^Expected a first picture within 30000 ms, got none/,
    { firstFrameMs: 30_000, noFrameMs: 600_000 },
  ],
  [
    "frozen",
    /^Expected the picture to change within 10000 ms, got the same bytes/,
    { firstFrameMs: 600_000, noFrameMs: 600_000 },
  ],
  ["corrupt", /^Expected whole pictures, got \d+ broken and 0 whole ones in 5 s/, { firstFrameMs: 600_000 }],
  ["dies", /ended with exit code 1/, { firstFrameMs: 600_000, noFrameMs: 600_000 }],
  [
    "exit 255",
    /^No camera was found.*ended with exit code 255/,
    { firstFrameMs: 600_000, noFrameMs: 600_000 },
  ],
];
for (const [mode, problem, limits] of faults) {
  test(`openRpicamCamera() starts a program again that behaves like "${mode}"`, async (t) => {
    const fake = install(t, [mode, "good"], jpegs, 60);
    const clock = createFastClock(10);
    const camera = await open(fake, { limits: { fps: null, ...limits } }, clock);
    const problems = new Set<string>();
    for await (const _frame of camera.frames(never)) {
      const status = camera.status();
      if (status.problem !== null) problems.add(status.problem);
      if (status.restarts > 0) break;
    }
    await camera.close();
    assert.ok(
      [...problems].some((text) => problem.test(text)),
      [...problems].join("\n"),
    );
    assert.ok(fake.starts().length >= 2);
    assert.ok(
      clock.slept.some((ms) => ms >= 1000 && ms <= 2000),
      "the first wait is 1–2 s",
    );
    await assertGone(fake);
  });
}

test("openRpicamCamera() tells a low rate and leaves the program running", async (t) => {
  const fake = install(t, ["slow"], jpegs, 30);
  // The clock runs twice as fast: 30 pictures a second are 15 of its own.
  const camera = await open(
    fake,
    { limits: { fps: 15, noFrameMs: 60_000, firstFrameMs: 600_000 } },
    createFastClock(2),
  );
  for await (const _frame of camera.frames(never)) if (camera.status().problem !== null) break;
  assert.match(camera.status().problem!, /^Expected 15 pictures a second, got \d\.\d/);
  assert.equal(camera.status().restarts, 0);
  assert.equal(fake.starts().length, 1);
  await camera.close();
});

test("openRpicamCamera() waits longer from start to start in an exit loop, and says how many there were", async (t) => {
  const fake = install(t, ["exit 255"]);
  const clock = createFastClock(100);
  const camera = await open(fake, { random: () => 0.5, limits: { firstFrameMs: 1e7 } }, clock);
  const reading = takeFrames(camera, 1, never);
  await eventually("5 starts", () => fake.starts().length >= 5);
  assert.equal(camera.status().frames, 0);
  assert.match(camera.status().problem!, /No camera was found.*\(\d+ starts in a row gave no picture\)/);
  await camera.close();
  assert.deepEqual(await reading, []);
  const waits = clock.slept.filter((ms) => ms > 1000 && ms !== 2000);
  assert.deepEqual(waits.slice(0, 4), [1500, 3000, 6000, 12_000]);
  await assertGone(fake);
});

for (const [mode, expected] of [
  ["good", []],
  ["ignores SIGINT", ["SIGINT"]],
  ["ignores SIGTERM", ["SIGINT", "SIGTERM"]],
] as const) {
  test(`openRpicamCamera() stops a program that is "${mode}"`, async (t) => {
    const fake = install(t, [mode]);
    const camera = await open(fake, { limits: patient, graceMs: 2000 });
    await takeFrames(camera, 2, never);
    await camera.close();
    if (mode !== "good") assert.deepEqual(fake.signals(), expected);
    await assertGone(fake);
  });
}

test("openRpicamCamera() asks for a reboot when nothing ends the program, and closes all the same", async (t) => {
  const fake = install(t, ["stall"]);
  const camera = await open(fake, { sendSignal: () => undefined }, createFastClock(10));
  const reading = takeFrames(camera, 1000, never);
  try {
    await eventually("asks for a reboot", () => camera.status().problem?.includes("reboot"));
    assert.match(camera.status().problem!, /process \d+\) does not end on SIGKILL/);
    assert.equal(camera.status().state, "offline");
    assert.equal(fake.starts().length, 1);
    await camera.close();
    await reading;
  } finally {
    for (const { pid } of fake.starts()) process.kill(pid, "SIGKILL");
  }
});

test("openRpicamCamera() never lets the pipe block while its consumer sleeps, and counts what went", async (t) => {
  const large = await makeJpegs(4, { width: 640, height: 480, quality: 95 });
  const fake = install(t, ["good"], large, 100);
  const camera = await open(fake, { limits: patient });
  const frames = camera.frames(never)[Symbol.asyncIterator]();
  const first = await frames.next();
  await eventually("40 lost", () => (camera.status().dropped.lag ?? 0) >= 40);
  const second = await frames.next();
  assert.ok(second.value.sequence - first.value.sequence > 40);
  await frames.return?.(undefined);
  await camera.close();
});

test("openRpicamCamera() leaves no process and no open file behind after many restarts", async (t) => {
  const fake = install(t, ["dies"], jpegs, 500);
  const filesBefore = openFiles();
  const camera = await open(
    fake,
    { limits: { ...patient, firstFrameMs: 1e7, noFrameMs: 1e7 }, graceMs: 400_000 },
    createFastClock(200),
  );
  for await (const _frame of camera.frames(never)) if (camera.status().restarts >= 8) break;
  await camera.close();
  await assertGone(fake);
  await eventually("no more open files than before", () => openFiles() <= filesBefore);
});

test("openRpicamCamera() stamps each picture with its exposure where the program tells it", async (t) => {
  const fake = installFakeRpicam({ jpegs, modes: ["good"], fps: 10, hasMetadata: true });
  t.after(() => fake.remove());
  const frames = await takeFrames(await open(fake, { limits: patient }), 10, never);
  const moments = frames.map(({ moment }) => moment.monotonicNs);
  assert.deepEqual(moments, fake.exposures().slice(0, 10));
  const { args } = fake.starts()[0]!;
  assert.match(args.join(" "), /--output - --metadata \S+ --metadata-format txt$/);
  assert.equal(existsSync(args[args.indexOf("--metadata") + 1]!), false, "the FIFO is gone");
});

test("openRpicamCamera() keeps the time of arrival where metadata are promised and do not come", async (t) => {
  const fake = installFakeRpicam({ jpegs, modes: ["no metadata"], fps: 60, hasMetadata: true });
  t.after(() => fake.remove());
  const clock = createSystemClock();
  const startNs = clock.monotonicNs();
  const frames = await takeFrames(await open(fake, { limits: patient }, clock), 5, never);
  for (const { moment } of frames) assert.ok(moment.monotonicNs > startNs);
});

test("openRpicamCamera() does without metadata when the program fails on them", async (t) => {
  const fake = installFakeRpicam({ jpegs, modes: ["refuses metadata"], hasMetadata: true });
  t.after(() => fake.remove());
  const camera = await open(fake, { limits: { firstFrameMs: 1e6, noFrameMs: 1e6 } }, createFastClock(20));
  assert.equal((await takeFrames(camera, 3, never)).length, 3);
  assert.deepEqual(
    fake.starts().map(({ args }) => args.includes("--metadata")),
    [true, false],
  );
});

test("openRpicamCamera() starts nothing before frames() is called", async (t) => {
  const fake = install(t, ["good"]);
  const camera = await open(fake, {});
  await camera.close();
  assert.equal(fake.starts().length, 0);
});

async function open(
  fake: FakeRpicam,
  options: RpicamOptions & { random?: () => number },
  clock: Clock = createSystemClock(),
): Promise<Camera> {
  const { random = () => 0, ...rest } = options;
  const deps = { clock, log: silentLog, random };
  const all = { programs: [fake.program], checkMs: 50, ...rest };
  const camera = await openRpicamCamera(settings("rpicam:0"), deps, all);
  opened.push(camera);
  return camera;
}

function settings(url: string) {
  return { id: "contract", url, width: 640, height: 480, fps: 30, quality: 80 };
}

function install(
  t: TestContext,
  modes: readonly FakeRpicamMode[],
  pictures = jpegs,
  fps?: number,
): FakeRpicam {
  const fake = installFakeRpicam({ jpegs: pictures, modes, fps });
  t.after(() => fake.remove());
  return fake;
}

/** A process that was killed goes when it gets its turn; a clock that runs fast has no patience for that. */
async function assertGone(fake: FakeRpicam): Promise<void> {
  for (const { pid } of fake.starts())
    await eventually(`process ${pid} is gone`, () => {
      try {
        process.kill(pid, 0);
        return false;
      } catch (error) {
        return (error as NodeJS.ErrnoException).code === "ESRCH";
      }
    });
}

function openFiles(): number {
  return readdirSync("/proc/self/fd").length;
}
