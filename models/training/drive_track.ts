// Drives the simulated track and keeps what the camera saw with what a perfect driver would steer there: a training set for a steering
// model. The car is pushed off its line again and again, so that the way back is in the set, too.
//   node --import tsx models/training/drive_track.ts --seeds 100-139 --frames 500 --out drawn/track
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { pursue } from "../../device/camera/sim/pure-pursuit.ts";
import { between, createRandom } from "../../device/camera/sim/seeded-random.ts";
import { createTrackWorld } from "../../device/camera/sim/track.ts";
import { createTrackScene } from "../../device/camera/sim/track-scene.ts";
import { createTrackScenery } from "../../device/camera/sim/track-scenery.ts";
import { makeFolderAsync } from "../../device/make-folder.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100-109" },
    frames: { type: "string", default: "500" },
    out: { type: "string", default: "drawn/track" },
  },
});

/** Painted larger and shrunk, as the pictures of a real camera are. */
const painted = { width: 320, height: 240 };
/** What the model takes: 160 x 120 without its upper 24 rows. */
const taken = { width: 160, height: 120, top: 24 };
const everyS = 0.1;
/**
 * Metres ahead that the teacher looks: one distance for every speed, since a picture does not tell the speed, and far enough for
 * the time between seeing and doing.
 */
const lookaheadM = 0.95;

/** How the car is driven while pictures are taken: right, but pushed now and then, at speeds that change. */
function createPusher(seed: number) {
  const random = createRandom(seed, "drive-track");
  let untilS = 0;
  let push = 0;
  let throttle = 0.4;
  let wander = 0;
  return (nowS: number) => {
    if (nowS >= untilS) {
      // Half of the time nobody pushes; a push lasts a third of a second, and its mending about one.
      push = push === 0 && random() < 0.5 ? between(random, -0.9, 0.9) : 0;
      untilS = nowS + (push === 0 ? between(random, 0.6, 1.6) : between(random, 0.2, 0.5));
      throttle = between(random, 0.22, 0.5);
      wander = between(random, -0.12, 0.12);
    }
    return { push, throttle, wander };
  };
}

async function drive(): Promise<void> {
  const [, first = "", last = first] = /^(\d+)(?:-(\d+))?$/.exec(values.seeds) ?? [];
  const count = Number(values.frames);
  if (first === "" || !Number.isInteger(count) || count < 1)
    throw new Error(`Expected --seeds 100-139 --frames 500, got ${values.seeds} ${values.frames}`);
  await makeFolderAsync(values.out);
  const frames = createWriteStream(join(values.out, "frames.rgb"));
  const labels: { seed: number; steering: number; offset: number; curvature: number }[] = [];
  for (let seed = Number(first); seed <= Number(last); seed += 1) {
    const world = createTrackWorld({ seed });
    const scene = createTrackScene(world, createTrackScenery(world), painted);
    const pixels = new Uint8ClampedArray(painted.width * painted.height * 3);
    const pusher = createPusher(seed);
    for (let n = 0; n < count; n += 1) {
      const timeS = (n + 1) * everyS;
      const { push, throttle, wander } = pusher(timeS);
      // The teacher acts more often than pictures are taken.
      for (let step = 4; step > 0; step -= 1) {
        const way = pursue(world.course, world.car, world.nearest(), { lookaheadM, offsetM: wander });
        const steering = Math.max(-1, Math.min(1, way + push));
        world.command({ steering, throttle });
        world.advanceTo(timeS - ((step - 1) * everyS) / 4);
      }
      scene.paint(pixels);
      const { width, height, top } = taken;
      const shrunk = await sharp(pixels, { raw: { ...painted, channels: 3 } })
        .resize(width, height, { fit: "fill", kernel: "linear" })
        .extract({ left: 0, top, width, height: height - top })
        .raw()
        .toBuffer();
      if (!frames.write(shrunk)) await new Promise<void>((resolve) => frames.once("drain", () => resolve()));
      const { lateralOffset, curvature } = world.truth();
      const steering = pursue(world.course, world.car, world.nearest(), { lookaheadM, offsetM: 0 });
      labels.push({ seed, steering, offset: lateralOffset, curvature });
    }
    process.stderr.write(`\rseed ${seed}, ${labels.length} frames`);
  }
  frames.end();
  await finished(frames);
  await writeFile(join(values.out, "labels.json"), JSON.stringify({ ...taken, lookaheadM, labels }));
  process.stderr.write(`\n${values.out}: ${labels.length} frames\n`);
}

await drive();
