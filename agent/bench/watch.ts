// The whole watch on a simulated camera post, with the real models: scene → recorder and watcher → store, held against the truth of the scene.
// A person is played, too: who verifies the first visit of each animal from each side, as a ranger would from the pictures.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Camera, CameraStatus } from "../../device/camera/camera.ts";
import { createSimulation } from "../../device/camera/sim/simulation.ts";
import type { Clock } from "../../device/clock.ts";
import { createNoDrive } from "../../device/drive/none.ts";
import type { CapturedFrame } from "../../device/frame.ts";
import { createNoGamepad } from "../../device/gamepad/none.ts";
import type { Log } from "../../device/log.ts";
import { packHashes } from "../../device/store/hashes.ts";
import { openStore } from "../../device/store/store.ts";
import { cameraOfView, createCameraHub } from "../camera-hub.ts";
import { type Config, parseConfig } from "../config.ts";
import { createDeliveryPlan } from "../deliveries.ts";
import { createStick } from "../drive/stick.ts";
import { createWheel } from "../drive/wheel.ts";
import { createEmit } from "../events.ts";
import { createFrameIds } from "../frame-ids.ts";
import { createRecorder } from "../record/recorder.ts";
import { recorderOptions } from "../record/recorder-options.ts";
import type { CameraFigures } from "../watch/camera-figures.ts";
import { openWatchModels } from "../watch/open-models.ts";
import { createWatcher } from "../watch/watcher.ts";
import { type JudgedEvent, type Judgement, judgeWatch } from "./watch-judge.ts";
import { createRanger } from "./watch-ranger.ts";
import { readReserve, readRidge } from "./watch-truth.ts";

export type WatchBenchOptions = {
  readonly work: string;
  readonly scene: "reserve" | "ridge";
  /** Simulated minutes. */
  readonly minutes: number;
  readonly seed: number;
  readonly fps: number;
  readonly detector: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
};

export type WatchBench = Judgement & {
  readonly scene: string;
  readonly seed: number;
  readonly minutes: number;
  readonly tookS: number;
  /** Frames the camera made, and those the recorder has on disk. */
  readonly taken: number;
  readonly recorded: number;
  readonly watch: CameraFigures;
  /** Delays of the main loop, the painting of the scene included: while it watches, and before that, recording only. */
  readonly loopDelayMs: LoopDelay;
  readonly recordingOnlyMs: LoopDelay;
  readonly identity: {
    /** Visits of an animal from a side that was verified before. */
    readonly known: number;
    readonly right: number;
    /** Visits of which the nearest was the right one, sure enough or not. */
    readonly nearestRight: number;
    readonly wrong: number;
    /** "Nobody known", though it was. */
    readonly unsaid: number;
    /** Visits of whom nobody verified from that side, and those of them that somebody else was named for. */
    readonly unknown: number;
    readonly misnamed: number;
    /** What other thresholds would have said; the configured one is individuals.threshold. */
    readonly byThreshold: readonly {
      readonly threshold: number;
      readonly right: number;
      readonly wrong: number;
      readonly misnamed: number;
    }[];
  };
};

/** Milliseconds. */
type LoopDelay = { readonly p50: number; readonly p99: number };

/** That of the embedded default. */
const windowScore = 0.35;
/** Simulated minutes of recording alone, to compare with. */
const baselineMinutes = 0.5;
/** The window's worth of pictures: an event that is plain on fewer cannot be confirmed. */
const leastFrames = 5;

export async function runWatchBench(options: WatchBenchOptions): Promise<WatchBench> {
  const { clock, minutes, seed, scene } = options;
  const startedNs = clock.monotonicNs();
  const alone = await runPost({ ...options, minutes: Math.min(minutes, baselineMinutes) }, "record");
  const { camera, recorded, watch, loopDelayMs, judgement, verified } = await runPost(options, "watch");
  return {
    ...judgement,
    scene,
    seed,
    minutes,
    tookS: (clock.monotonicNs() - startedNs) / 1e9,
    taken: camera.frames,
    recorded,
    watch: watch!,
    loopDelayMs,
    recordingOnlyMs: alone.loopDelayMs,
    identity: judgeIdentity(judgement, verified),
  };
}

type PostRun = {
  readonly camera: CameraStatus;
  readonly recorded: number;
  /** null: nothing was watched. */
  readonly watch: CameraFigures | null;
  readonly loopDelayMs: LoopDelay;
  readonly judgement: Judgement;
  /** `individual/side` → the walk that the ranger verified. */
  readonly verified: ReadonlyMap<string, string>;
};

/** Runs one post from an empty store to its last frame, and judges what the store holds then. */
async function runPost(options: WatchBenchOptions, doing: "record" | "watch"): Promise<PostRun> {
  const { clock, log, fps, scene, signal } = options;
  const data = join(options.work, scene);
  rmSync(data, { recursive: true, force: true });
  const config = benchConfig(options, data);
  const store = openStore({ directory: join(data, "store"), clock, log });
  const [settings] = config.cameras as [Config["cameras"][number]];
  const camera = stampByFrames(createSimulation({ clock, log }).openCamera(settings), { clock, fps });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const readTruth = scene === "reserve" ? readReserve : readRidge;
  try {
    const hub = createCameraHub(camera);
    const ranger = createRanger(store, { readTruth, clock });
    const plan = createDeliveryPlan({
      pictureTargets: [],
      labelTargets: [],
      eventTargets: [],
      holdBackMs: 0,
    });
    const emit = createEmit({ store, plan, clock });
    const parts = { store, clock, log, plan, emit, ids: createFrameIds(store), mayCapture: () => true };
    const wheel = createWheel({ drive: createNoDrive(), clock, log });
    const recorder = createRecorder({
      ...recorderOptions(config),
      ...parts,
      cameras: [cameraOfView(camera, hub.view({ pace: "every", capacity: 8 }))],
      wheel,
      stick: createStick({ gamepad: createNoGamepad({ clock, log }), wheel, clock, log, throttleLimit: 1 }),
      onKept: undefined,
    });
    const watcher = createWatcher({
      ...parts,
      cameras: [{ hub, settings: settings.watch, pace: "every", looksAtAll: false }],
      watch: config.watch,
      event: config.session.event,
      openModels: (opening) => openWatchModels({ config, store, clock, log }, opening),
      mustOpen: true,
      putHashes: (imgId, hashes) => store.seen.hashes.put(imgId, packHashes(hashes)),
      onKept: () => undefined,
      onUnreadable: () => undefined,
      onEvent: (type, body) => {
        if (type === "sequence.closed" && scene === "reserve") ranger.closed(body as { sequence: string });
      },
    });
    await recorder.start(config.session);
    delay.enable();
    await Promise.all([...(doing === "watch" ? [watcher.follow(signal)] : []), recorder.follow(signal)]);
    delay.disable();
    signal.throwIfAborted();
    await ranger.done();
    return {
      camera: camera.status(),
      recorded: recorder.state().frames,
      watch: doing === "watch" ? watcher.state().cameras[0]! : null,
      loopDelayMs: { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6 },
      judgement: judgeWatch(store, readTruth, leastFrames),
      verified: ranger.verified(),
    };
  } finally {
    await camera.close();
    await store.close();
    rmSync(data, { recursive: true, force: true });
  }
}

function benchConfig({ scene, seed, minutes, fps, detector }: WatchBenchOptions, data: string): Config {
  const frames = Math.round(minutes * 60 * fps);
  return parseConfig(
    {
      data,
      cameras: [
        {
          id: scene,
          url: `sim:${scene}?seed=${seed}&pace=asap&frames=${frames}`,
          width: 480,
          height: scene === "reserve" ? 360 : 270,
          fps,
          watch: { everyMs: 1000 / fps, detector, motion: scene === "reserve" },
        },
      ],
      record: { delayMs: 0, standingEveryMs: 0 },
      watch: { enabled: true, keep: "all", window: { score: windowScore } },
    },
    "of the bench",
  );
}

/** The time of a camera that films as fast as it is looked at is that of its frames. */
function stampByFrames(camera: Camera, { clock, fps }: { clock: Clock; fps: number }): Camera {
  const start = clock.now();
  return {
    ...camera,
    async *frames(signal) {
      for await (const frame of camera.frames(signal)) {
        const passedNs = Math.round((frame.sequence * 1e9) / fps);
        const moment = {
          ...start,
          monotonicNs: start.monotonicNs + passedNs,
          wallUs: start.wallUs + Math.round(passedNs / 1000),
        };
        yield { ...frame, moment } satisfies CapturedFrame;
      }
    },
  };
}

/** @param verified walks whose pictures the ranger verified, `individual/side` of each with the walk. */
function judgeIdentity({ events }: Judgement, verified: ReadonlyMap<string, string>): WatchBench["identity"] {
  const met = events.filter(({ sequences }) => sequences > 0);
  const isKnown = ({ event, individual, side }: JudgedEvent): boolean => {
    const first = verified.get(`${individual}/${side}`);
    return first !== undefined && visitOf(event) > visitOf(first);
  };
  const known = met.filter(isKnown);
  const unknown = met.filter((each) => !isKnown(each));
  const count = (list: readonly JudgedEvent[], is: (each: JudgedEvent) => boolean): number =>
    list.filter(is).length;
  const isRight = (name: string | null, { individual }: JudgedEvent): boolean => name === individual;
  const isWrong = (name: string | null, { individual }: JudgedEvent): boolean =>
    name !== null && name !== individual;
  return {
    known: known.length,
    right: count(known, (each) => isRight(each.said, each)),
    nearestRight: count(known, (each) => isRight(each.nearest, each)),
    wrong: count(known, (each) => isWrong(each.said, each)),
    unsaid: count(known, ({ said }) => said === null),
    unknown: unknown.length,
    misnamed: count(unknown, (each) => isWrong(each.said, each)),
    byThreshold: thresholds.map((threshold) => {
      const nameAt = ({ nearest, score }: JudgedEvent): string | null =>
        (score ?? 0) >= threshold ? nearest : null;
      return {
        threshold,
        right: count(known, (each) => isRight(nameAt(each), each)),
        wrong: count(known, (each) => isWrong(nameAt(each), each)),
        misnamed: count(unknown, (each) => isWrong(nameAt(each), each)),
      };
    }),
  };
}

const thresholds = [0.5, 0.6, 0.7, 0.8, 0.9];

function visitOf(event: string): number {
  return Number(event.slice(event.indexOf("#") + 1));
}

/** The figures for a person. */
export function describeWatchBench(bench: WatchBench): string {
  const { events, boxes, identity, watch, loopDelayMs, recordingOnlyMs } = bench;
  const what = bench.scene === "reserve" ? "walks" : "plumes";
  const part = (value: number | null): string => (value === null ? "–" : value.toFixed(3));
  const lines = [
    `${bench.scene}, seed ${bench.seed}: ${bench.minutes} simulated minutes in ${bench.tookS.toFixed(0)} s`,
    `${what} ${events.length}, with a sequence ${bench.found}, in one piece ${events.filter(({ sequences }) => sequences === 1).length}; false sequences ${bench.falseSequences.length}`,
    `boxes on ${boxes.pictures} pictures looked at: precision ${part(boxes.precision)}, recall ${part(boxes.recall)} at IoU 0.5`,
  ];
  if (bench.scene === "reserve")
    lines.push(
      `identity, the first visit of each animal from each side verified by hand: ${identity.right} of ${identity.known} later visits right, ${identity.wrong} wrong, ${identity.unsaid} "nobody known" (nearest was right for ${identity.nearestRight}); of ${identity.unknown} from a side not seen before ${identity.misnamed} were given another's name`,
    );
  if (bench.scene === "reserve")
    lines.push(
      `  at other thresholds: ${identity.byThreshold.map(({ threshold, right, wrong, misnamed }) => `${threshold}: right ${right}, wrong ${wrong}, misnamed ${misnamed}`).join("; ")}`,
    );
  for (const {
    event,
    side,
    plainFrames,
    lookedFrames,
    sequences,
    framesToOpen,
    said,
    nearest,
    score,
  } of events)
    lines.push(
      `  ${event.padEnd(12)} ${side.padEnd(6)} plain on ${plainFrames}, looked at ${lookedFrames}, sequences ${sequences}${framesToOpen === null ? "" : `, opened on plain picture ${framesToOpen}`}${bench.scene === "reserve" ? `, said ${said ?? "nobody known"} (nearest ${nearest ?? "–"} ${part(score)})` : ""}`,
    );
  for (const { className, openedS, frames, bestScore, box, near } of bench.falseSequences)
    lines.push(
      `  false: ${className} at ${openedS.toFixed(1)} s, ${frames} frames, score ${bestScore}, box ${box === null ? "–" : [box.left, box.top, box.right, box.bottom].map((edge) => edge.toFixed(2)).join(" ")}; truly there: ${near.join(", ") || "nothing"}`,
    );
  const skipped = Object.entries(watch.skipped).map(([reason, count]) => `${reason} ${count}`);
  lines.push(
    `frames ${bench.taken}, recorded ${bench.recorded} (lost ${bench.taken - bench.recorded}), looked at ${watch.looked}, skipped ${skipped.join(", ") || "none"}`,
    `main loop delay p50 ${loopDelayMs.p50.toFixed(1)} ms, p99 ${loopDelayMs.p99.toFixed(1)} ms at full load; the same scene painted and recorded only: p50 ${recordingOnlyMs.p50.toFixed(1)} ms, p99 ${recordingOnlyMs.p99.toFixed(1)} ms`,
  );
  return lines.join("\n");
}
