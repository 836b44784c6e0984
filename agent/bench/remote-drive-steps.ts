// The steps of the proof, in order. Each acts, waits for what must happen, and says what it measured; what does not happen in time throws.
import type { Clock } from "../../device/clock.ts";
import type { Sight } from "./remote-drive-eyes.ts";
import { comparePlaces } from "./remote-drive-places.ts";
import {
  arm,
  ask,
  askHealth,
  askWheel,
  driveAsPerson,
  type Play,
  stateOf,
  until,
} from "./remote-drive-play.ts";
import type { Stage } from "./remote-drive-stage.ts";

type Step = { readonly step: string; readonly act: (play: Play) => Promise<string> };

/** m/s below which a car stands, and above which it drives. */
const [standing, moving] = [0.02, 0.5];
/** 1/m: a bend of less than 2.5 m. */
const corner = 0.4;
/**
 * Latest neutral after the cut: what the last command may be in force (500 ms), and two pictures of 50 ms, which is as fine as what was
 * recorded tells; with as much again for a machine that has other things to do.
 */
const neutralWithinMs = 500 + 2 * 100;

/** The car starts and is found; before there is anything to see. */
export async function arrive(stage: Stage, deps: { clock: Clock; signal: AbortSignal }): Promise<string> {
  const { client, device, broker } = stage;
  const there = await until("the car on the broker", { ...deps, stage }, async () => {
    const devices = await client.list({ timeoutMs: 10_000, signal: deps.signal });
    return devices.find((each) => each.device === device && each.availability === "online");
  });
  const protocol = client.link.state().protocol === 5 ? "MQTT 5" : "MQTT 3.1.1";
  return `${there.device} ${there.version} is online on ${broker.name}, ${protocol}`;
}

export const proofSteps: readonly Step[] = [
  {
    step: "armed from afar",
    act: async (play) => {
      await arm(play);
      const { holder } = play.panel()!.report!;
      return `${holder} holds the wheel, round trip ${Math.round(play.panel()!.roundTripMs ?? 0)} ms`;
    },
  },
  { step: "drives along the road", act: driveOn },
  {
    step: "link cut in mid-corner",
    act: async (play) => {
      const { stage, eyes, measured } = play;
      const at = await until(
        () => `a bend (the driver: ${stateOf(play)})`,
        play,
        async () => {
          const now = eyes.newest();
          const isInBend = now !== null && Math.abs(now.curvature) >= corner && now.speed >= moving;
          return driveAsPerson(play) && isInBend ? now : null;
        },
      );
      // Not a byte passes any more, and nobody says so: what a dead radio link is like.
      await stage.wire.set({ kind: "hole" });
      const { monotonicNs, wallUs } = play.clock.now();
      measured.cutNs = monotonicNs;
      measured.cutUs = wallUs;
      return `at ${speed(at)} in a bend of ${(1 / Math.abs(at.curvature)).toFixed(1)} m, wheels at ${at.appliedSteering.toFixed(2)}; the driver goes on asking`;
    },
  },
  {
    step: "the car stops by itself",
    act: async ({ stage, eyes, measured, ...play }) => {
      const { cutNs } = measured;
      const after = (): readonly Sight[] => eyes.since(cutNs);
      const neutral = await until("neutral", { ...play, stage }, async () =>
        after().find(({ appliedThrottle }) => Math.abs(appliedThrottle) < 1e-3),
      );
      const still = await until("a standing car", { ...play, stage }, async () =>
        after().find((sight) => sight.atNs > neutral.atNs && Math.abs(sight.speed) < standing),
      );
      measured.neutralMs = (neutral.atNs - cutNs) / 1e6;
      measured.standingMs = (still.atNs - cutNs) / 1e6;
      measured.standingNs = still.atNs;
      const course = after().filter(({ atNs }) => atNs <= still.atNs);
      const shown = course
        .filter((_, at) => at % Math.ceil(course.length / 8) === 0)
        .map((sight) => `${Math.round((sight.atNs - cutNs) / 1e6)} ms ${speed(sight)}`);
      if (measured.neutralMs > neutralWithinMs)
        throw new Error(
          `Expected neutral within ${neutralWithinMs} ms of the cut, got ${Math.round(measured.neutralMs)} ms`,
        );
      return `neutral after ${Math.round(measured.neutralMs)} ms, standing after ${Math.round(measured.standingMs)} ms (${shown.join(", ")})`;
    },
  },
  {
    step: "it stands and records on, unheard",
    act: async ({ stage, eyes, measured, ...play }) => {
      await play.clock.sleep(5_000, play.signal);
      const since = eyes.since(measured.standingNs);
      const fastest = Math.max(...since.map((sight) => Math.abs(sight.speed)));
      if (fastest >= standing) throw new Error(`Expected a standing car, got ${fastest} m/s`);
      if (since.length < 20) throw new Error(`Expected frames of 5 s, got ${since.length}`);
      return `${since.length} frames in 5 s, not one with the car moving`;
    },
  },
  {
    step: "link back",
    act: async ({ stage, eyes, measured, ...play }) => {
      await stage.wire.set(null);
      const openedNs = play.clock.monotonicNs();
      const report = await until("the car to be heard again", { ...play, stage }, async () =>
        askWheel({ ...play, stage }),
      );
      measured.backNs = play.clock.monotonicNs();
      measured.framesAway = eyes.since(measured.cutNs).filter(({ atNs }) => atNs <= measured.backNs).length;
      if (report.armed) throw new Error("Expected a car that is not armed, got an armed one");
      if (report.failSafe === null) throw new Error("Expected the car to tell of its fail-safe, got none");
      const { cause, reason, at } = report.failSafe;
      const atMs = Math.round(Date.parse(at) - measured.cutUs / 1000);
      return `heard again after ${((measured.backNs - openedNs) / 1e9).toFixed(1)} s; ${measured.framesAway} frames recorded meanwhile; fail-safe ${cause} at ${atMs} ms: ${reason}`;
    },
  },
  {
    step: "commands without arming move nothing",
    act: async ({ stage, eyes, ...play }) => {
      const { client, device } = stage;
      const topic = client.topicsOf(device).controlDrive;
      const fromNs = play.clock.monotonicNs();
      for (let seq = 1; seq <= 40; seq += 1) {
        const message = {
          seq,
          sentMs: play.clock.monotonicNs() / 1e6,
          steer: 0.3,
          throttle: 0.5,
          hold: true,
          driver: `${client.id}-unarmed`,
        };
        await client.link.publish({ topic, payload: JSON.stringify(message), qos: 0 }, play.signal);
        await play.clock.sleep(50, play.signal);
      }
      const report = await askWheel({ ...play, stage });
      const ignored = report?.ignored.not_armed ?? 0;
      if (report?.armed !== false || ignored === 0)
        throw new Error(`Expected them to be ignored, got ${JSON.stringify(report?.ignored)}`);
      const fastest = Math.max(...eyes.since(fromNs).map((sight) => Math.abs(sight.speed)));
      if (fastest >= standing) throw new Error(`Expected a standing car, got ${fastest} m/s`);
      return `40 commands with throttle in 2 s, ${ignored} counted as not_armed, the car stands`;
    },
  },
  {
    step: "armed again, drives on",
    act: async (play) => {
      await arm(play);
      return driveOn(play);
    },
  },
  {
    step: "let go, run stopped from afar",
    act: async (play) => {
      play.hand.drive(0);
      await until("a standing car", play, async () => Math.abs(play.eyes.newest()?.speed ?? 1) < standing);
      const { arms, stops } = await play.leave();
      const answer = await ask(play, "record", { action: "stop" });
      if (answer.status === "error") throw new Error(answer.error.message);
      const { run } = answer.data as { readonly run: string };
      return `the wheel is given back (armed ${arms} times in all, stopped unasked ${stops} times), run ${run} ended`;
    },
  },
  {
    step: "session uploaded",
    act: async (play) => {
      await ask(play, "sync", { action: "now" });
      let words = "the car did not say what waits";
      const counts = await until(
        () => `an empty queue (${words})`,
        play,
        async () => {
          const health = await askHealth(play);
          if (health !== null)
            words = `${health.queued} wait; ${health.problems.join("; ") || "no problem is told"}`;
          return health?.queued === 0 ? health : null;
        },
      );
      // Gaps in the numbers of the frames are what the camera or the recorder itself counted as lost; nothing else may be missing.
      const sequences = play.eyes.since(0).map(({ sequence }) => sequence);
      const span = sequences.at(-1)! - sequences[0]! + 1;
      const gaps = span - sequences.length;
      if (gaps > counts.dropped)
        throw new Error(`${gaps} frames are missing of ${span}, and ${counts.dropped} were counted as lost`);
      return `the queue is empty; of ${span} pictures of the camera ${sequences.length} were kept${gaps === 0 ? ", none is missing" : `, ${gaps} were lost and counted (a busy machine)`}`;
    },
  },
  {
    step: "the agent ends in good order",
    act: async ({ stage }) => {
      const { isClean } = await stage.car.stop(30_000);
      if (!isClean) throw new Error("Expected it to end within 30 s of SIGTERM");
      return "within 30 s of SIGTERM";
    },
  },
  {
    step: "store = bucket = index",
    act: async ({ stage, measured, clock, log, env, signal }) => {
      const places = await comparePlaces(stage.config, stage.event, { clock, log, env, signal });
      measured.places = places;
      if (places.problems.length > 0) throw new Error(places.problems.join("; "));
      if (places.stored === 0 || places.labels === 0) throw new Error("Expected frames and labels, got none");
      return `${places.stored} frames in the store, ${places.inBucket} objects (${places.identical} identical), ${places.labels} labels, ${places.inIndex} documents`;
    },
  },
];

/** Three seconds of the road. */
async function driveOn(play: Play): Promise<string> {
  const fromNs = play.clock.monotonicNs();
  const seen = await until(
    () => `a car that drives (the driver: ${stateOf(play)})`,
    play,
    async () => {
      driveAsPerson(play);
      const sights = play.eyes.since(fromNs).filter((sight) => sight.speed >= moving);
      return sights.length >= 60 ? sights : null;
    },
  );
  const off = seen.filter(({ onTrack }) => !onTrack).length;
  return `${seen.length} frames with the car moving, ${speed(seen.at(-1)!)}${off === 0 ? ", on the road" : `, ${off} off the road`}`;
}

function speed(sight: Sight): string {
  return `${sight.speed.toFixed(2)} m/s`;
}
