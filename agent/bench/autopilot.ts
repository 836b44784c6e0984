// A model drives laps of a simulated track, and so does the scripted person, on the same track for the same time: who stays on the road.
// Time is the simulation's, so that the result does not depend on the machine; the pictures take the way of a real camera's (painted,
// compressed, decoded, looked at in the worker), the commands that of the agent (autopilot, wheel, drive).
import sharp from "sharp";
import { createTrackWorld, type TrackWorld } from "../../device/camera/sim/track.ts";
import { createTrackScene } from "../../device/camera/sim/track-scene.ts";
import { createTrackScenery } from "../../device/camera/sim/track-scenery.ts";
import type { Clock } from "../../device/clock.ts";
import { createSimDrive } from "../../device/drive/sim.ts";
import { createHumanDriver } from "../../device/gamepad/human-driver.ts";
import type { Log } from "../../device/log.ts";
import { decodePicture } from "../../models/picture.ts";
import { createAutopilot } from "../drive/autopilot.ts";
import { openSteerer } from "../drive/open-steerer.ts";
import { createWheel } from "../drive/wheel.ts";

export type AutopilotBenchOptions = {
  readonly work: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly model: string;
  /** Of the track. */
  readonly seed: number;
  readonly laps: number;
  readonly fps: number;
  /** Between exposure and command, ms of the simulation. */
  readonly latencyMs: number;
  /** 0..1 */
  readonly throttle: number;
};

/** How somebody drove. */
export type Ride = {
  readonly laps: number;
  readonly seconds: number;
  /** m/s */
  readonly meanSpeed: number;
  /** Share of the time with the car's middle between the edge lines. */
  readonly onTrack: number;
  /** Metres from the centre line. */
  readonly meanOffsetM: number;
  readonly worstOffsetM: number;
  /** How often the car had to be put back on the road. */
  readonly rescues: number;
  /** Stops that nobody asked for. */
  readonly stops: number;
};

export type AutopilotBench = {
  readonly model: string;
  readonly seed: number;
  readonly lapM: number;
  readonly fps: number;
  readonly latencyMs: number;
  readonly pilot: Ride;
  /** The scripted person, as long. */
  readonly person: Ride;
  /** What one look took on this machine, ms. */
  readonly lookMs: number;
};

const size = { width: 640, height: 480 };
/** A model that does not come round is not waited for. */
const mostSecondsPerLap = 120;

/** @throws ModelError when the model cannot be opened; the signal's reason. */
export async function runAutopilotBench(options: AutopilotBenchOptions): Promise<AutopilotBench> {
  const { model, seed, fps, latencyMs } = options;
  const world = createTrackWorld({ seed });
  const { pilot, lookMs } = await driveModel(world, options);
  const person = drivePerson(createTrackWorld({ seed }), pilot.seconds);
  const lapM = world.course.count * world.course.stepM;
  return { model, seed, lapM, fps, latencyMs, pilot, person, lookMs };
}

async function driveModel(
  world: TrackWorld,
  options: AutopilotBenchOptions,
): Promise<{ readonly pilot: Ride; readonly lookMs: number }> {
  const { signal, fps, latencyMs, laps, log } = options;
  // Everything the agent's parts ask of time is that of the world, from a moment on at which the stick has rested for long.
  const clock = worldClock(options.clock, world);
  const drive = createSimDrive(world, { nowS: world.timeS });
  const wheel = createWheel({ drive, clock, log });
  const settings = { data: options.work, models: { folder: null, threads: 1, timeoutMs: 20_000 } };
  const steerer = await openSteerer(settings, options.model, { clock: options.clock, log });
  const never = (): number => Number.NEGATIVE_INFINITY;
  const idle = { idleMs: () => Number.POSITIVE_INFINITY, movedNs: never, lostNs: never };
  const advisor = { use: async () => steerer.model, intervalMs: () => 1000 / fps };
  const { throttle } = options;
  const pilot = createAutopilot({
    wheel,
    stick: idle,
    advisor,
    clock,
    log,
    throttle,
    onChange: () => undefined,
  });
  const scene = createTrackScene(world, createTrackScenery(world), size);
  const pixels = new Uint8ClampedArray(size.width * size.height * 3);
  const judge = createJudge(world);
  let [looks, lookedMs] = [0, 0];
  try {
    await wheel.allow();
    await pilot.start(options.model);
    for (let sequence = 0; world.truth().laps < laps; sequence += 1) {
      signal.throwIfAborted();
      const exposedS = sequence / fps;
      if (exposedS > mostSecondsPerLap * laps) break;
      world.advanceTo(exposedS);
      judge.look();
      scene.paint(pixels);
      const moment = clock.now();
      const bytes = await sharp(pixels, { raw: { ...size, channels: 3 } })
        .jpeg({ quality: 80 })
        .toBuffer();
      const startMs = performance.now();
      const advice = await steerer.steer(await decodePicture(bytes, { signal }), { signal });
      lookedMs += performance.now() - startMs;
      looks += 1;
      world.advanceTo(exposedS + latencyMs / 1000);
      const frame = { camera: "front", sequence, moment, bytes, mediaType: "image/jpeg" as const, ...size };
      pilot.advise({ frame, advice, model: options.model });
      // The wheel hands a command to the drive in a turn of its own.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const stops = Object.values(wheel.stops().counts).reduce((sum, count) => sum + count, 0);
    return { pilot: judge.ride(stops), lookMs: lookedMs / Math.max(1, looks) };
  } finally {
    wheel.close();
    await steerer.close();
  }
}

function drivePerson(world: TrackWorld, seconds: number): Ride {
  const ticksPerS = 30;
  const driver = createHumanDriver(world, { seed: world.seed, ticksPerS });
  const judge = createJudge(world);
  for (let tick = 0; tick / ticksPerS < seconds; tick += 1) {
    world.advanceTo(tick / ticksPerS);
    const { leftx, righttrigger } = driver.look();
    world.command({ steering: leftx, throttle: righttrigger });
    judge.look();
  }
  return judge.ride(0);
}

/** Looks at the car again and again, and sums up. */
function createJudge(world: TrackWorld): {
  readonly look: () => void;
  readonly ride: (stops: number) => Ride;
} {
  let [looks, onTrack, offsetM, worstOffsetM, speed] = [0, 0, 0, 0, 0];
  return {
    look: () => {
      const truth = world.truth();
      const offset = Math.abs(truth.lateralOffset);
      looks += 1;
      onTrack += truth.onTrack ? 1 : 0;
      offsetM += offset;
      worstOffsetM = Math.max(worstOffsetM, offset);
      speed += truth.speed;
    },
    ride: (stops) => {
      const { laps, rescues, timeS } = world.truth();
      const share = (sum: number): number => sum / Math.max(1, looks);
      return {
        laps,
        seconds: timeS,
        meanSpeed: share(speed),
        onTrack: share(onTrack),
        meanOffsetM: share(offsetM),
        worstOffsetM,
        rescues,
        stops,
      };
    },
  };
}

/** A clock that stands still while the model looks: only the world moves it. */
function worldClock(clock: Clock, world: TrackWorld): Clock {
  const begin = clock.now();
  const ns = (): number => begin.monotonicNs + world.timeS() * 1e9;
  return {
    now: () => ({ ...begin, wallUs: begin.wallUs + world.timeS() * 1e6, monotonicNs: ns() }),
    monotonicNs: ns,
    sleep: clock.sleep,
  };
}

export function describeAutopilotBench(result: AutopilotBench): string {
  const { model, seed, lapM, fps, latencyMs, pilot, person, lookMs } = result;
  const line = (who: string, ride: Ride): string =>
    [
      who.padEnd(16),
      `${ride.laps} laps in ${ride.seconds.toFixed(0)} s`,
      `${ride.meanSpeed.toFixed(2)} m/s`,
      `on the track ${(ride.onTrack * 100).toFixed(1)} %`,
      `${(ride.meanOffsetM * 100).toFixed(1)} cm from the centre line (worst ${(ride.worstOffsetM * 100).toFixed(0)})`,
      `put back ${ride.rescues} times`,
    ].join(", ");
  return [
    `track of seed ${seed}, ${lapM.toFixed(1)} m a lap; ${fps} pictures a second, ${latencyMs} ms from picture to command`,
    line(model, pilot),
    line("scripted person", person),
    `a look took ${lookMs.toFixed(1)} ms here; ${pilot.stops} stops that nobody asked for`,
  ].join("\n");
}
