#!/usr/bin/env node
// A stand-in for rpicam-vid: streams real JPEGs on stdout and misbehaves as its plan says. Called as
// `fake-rpicam-vid.mjs FOLDER [rpicam-vid's own arguments]`; FOLDER holds plan.json, *.jpg, and gets a log of every start.
import { appendFileSync, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const [folder, ...args] = process.argv.slice(2);
const plan = JSON.parse(readFileSync(join(folder, "plan.json"), "utf8"));
const jpegs = readdirSync(folder)
  .filter((name) => name.endsWith(".jpg"))
  .map((name) => readFileSync(join(folder, name)));
const tell = (event, what) => appendFileSync(join(folder, "log"), `${JSON.stringify({ event, what })}\n`);
const optionOf = (name) => args[args.indexOf(name) + 1];

if (args.includes("--version") || args.includes("--help")) {
  process.stdout.write(plan.help ?? "rpicam-apps build: fake\n");
  process.exit(0);
}

const starts = countStarts();
tell("start", { pid: process.pid, args });
// The n-th start behaves as the n-th mode says, later ones as the last.
const mode = plan.modes[Math.min(starts, plan.modes.length - 1)];
const metadata = args.includes("--metadata") ? openSync(optionOf("--metadata"), "w") : null;
const periodMs = 1000 / (plan.fps ?? Number(optionOf("--framerate")));

process.on("SIGINT", () => {
  tell("signal", "SIGINT");
  if (mode !== "ignores SIGINT" && mode !== "ignores SIGTERM") process.exit(0);
});
if (mode === "ignores SIGTERM") process.on("SIGTERM", () => tell("signal", "SIGTERM"));

// A test that was killed must leave no stand-in behind.
const parent = process.ppid;
setInterval(() => process.ppid !== parent && process.exit(1), 500).unref();

await run();

async function run() {
  for (let n = 0; ; n += 1) {
    const jpeg = jpegs[n % jpegs.length];
    switch (mode) {
      case "halves":
        // Every third picture is only half there; the others come in two pieces.
        if (n % 3 === 2) write(jpeg.subarray(0, jpeg.length >> 1));
        else {
          write(jpeg.subarray(0, 1 + ((n * 37) % (jpeg.length - 1))));
          await delay(2);
          write(jpeg.subarray(1 + ((n * 37) % (jpeg.length - 1))));
        }
        break;
      case "garbage":
        write(Buffer.from([0x00, 0xff, 0xd8, 0xff, 0xe1, 0x00, 0xff, 0xd9, n & 0xff, 0xff]));
        write(jpeg);
        break;
      case "oversize":
        write(jpeg.subarray(0, jpeg.length - 2));
        if (n % 3 === 2) write(Buffer.alloc(3_000_000, 0x11));
        write(jpeg.subarray(jpeg.length - 2));
        break;
      case "corrupt":
        // The second half of the headers is noise.
        write(Buffer.concat([jpeg.subarray(0, 20), Buffer.alloc(300, n & 0x7f), jpeg.subarray(400)]));
        break;
      case "frozen":
        write(jpegs[n < 5 ? n % jpegs.length : 0]);
        break;
      case "stall":
      case "ignores SIGINT":
      case "ignores SIGTERM":
        // At once and in this order, so that no other reason is seen where the machine is busy.
        if (n > 0) break;
        writeSync(2, "WARN V4L2 v4l2_videodevice.cpp: Dequeue timer of 1000000.00us has expired!\n");
        for (const each of jpegs.slice(0, 5)) write(each);
        break;
      case "silent":
        break;
      case "slow":
        // A third of the rate that was asked for.
        write(jpeg);
        await delay(2 * periodMs);
        break;
      case "stderr flood":
        for (let line = 0; line < 200; line += 1) writeSync(2, `${"frame dropped ".repeat(60)}\n`);
        write(jpeg);
        break;
      case "exit 255":
        process.stderr.write("ERROR: *** no cameras available ***\n");
        process.exit(255);
        break;
      case "refuses metadata":
        if (metadata !== null) {
          process.stderr.write("ERROR: *** unrecognised option '--metadata' ***\n");
          process.exit(255);
        }
        write(jpeg);
        break;
      case "dies":
        if (n === 5) process.exit(1);
        write(jpeg);
        break;
      default: // "good", "no metadata"
        write(jpeg);
    }
    if (metadata !== null && mode !== "no metadata") writeMetadata();
    await delay(periodMs);
  }
}

/** As rpicam-vid's text form: after each picture its lines, each flushed, and an empty one. */
function writeMetadata() {
  const sensorNs = Number(process.hrtime.bigint()) - 40_000_000;
  tell("exposure", sensorNs);
  for (const line of ["AeLocked=true", `SensorTimestamp=${sensorNs}`, "Lux=412.5", ""])
    writeSync(metadata, `${line}\n`);
}

/** Writes as fwrite() does: a full pipe blocks the whole program. */
function write(bytes) {
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
  } catch {
    process.exit(134); // rpicam-vid aborts with "failed to write output bytes".
  }
}

function countStarts() {
  try {
    return readFileSync(join(folder, "log"), "utf8").split('"start"').length - 1;
  } catch {
    return 0;
  }
}
