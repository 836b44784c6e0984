// The rig of the fault bench: one device with cameras, a pad, its data, and lying links to broker, bucket and index; lives come and go.
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { stringify } from "yaml";
import type { Clock } from "../../../device/clock.ts";
import type { Log } from "../../../device/log.ts";
import { openStore } from "../../../device/store/store.ts";
import { parseBrokerUrl } from "../../../sync/clients/mqtt-address.ts";
import type { BackendOptions } from "../../backends.ts";
import { type Environment, readS3Credentials } from "../../credentials.ts";
import { storeFolder } from "../../folders.ts";
import { type AgentProcess, startAgent } from "./agent-process.ts";
import { type CameraMode, cameraName, installCamera, setCameraMode } from "./camera-child.ts";
import { noted, openChronicle } from "./chronicle.ts";
import { type HttpProxy, startHttpProxy } from "./http-proxy.ts";
import type { Life, StoredFrame, Verdict } from "./judge.ts";
import { lossBoundMs } from "./loss-bound.ts";
import { observeStore, type StoreSeen } from "./observe.ts";
import { createPad, type FaultPad } from "./pad.ts";
import { probeMachine } from "./probe-machine.ts";
import { judgeRig, type RigFigures } from "./rig-verdict.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";
import { tidyBucket, tidyIndex } from "./tidy.ts";
import { openWitness, type Witness } from "./witness.ts";

/** Where things go; what is null is embedded: a folder as bucket, a local index. */
export type Places = {
  /** mqtt://HOST:PORT */
  readonly broker: string;
  /** s3://NAME behind `endpoint`. */
  readonly bucket: string | null;
  readonly endpoint: string | null;
  /** http(s)://HOST:PORT/INDEX */
  readonly index: string | null;
};

export type RigOptions = {
  readonly work: string;
  /** Name of the rig and its folder. */
  readonly name: string;
  /** Name of the device and its event, nobody else's on any server. */
  readonly device: string;
  readonly places: Places;
  readonly cameras: number;
  readonly fps: number;
  /** Starts this very program. */
  readonly program: readonly string[];
  /** More of the configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Environment;
  readonly random: () => number;
  readonly signal: AbortSignal;
};

/** Life: openRig → start → … → end (kill or stop) → start → … → finish → close. */
export type Rig = {
  readonly name: string;
  /** Its name on every server. */
  readonly device: string;
  readonly folder: string;
  readonly data: string;
  /** With the truth logs. */
  readonly cameraFolder: string;
  readonly bucket: HttpProxy | null;
  readonly index: HttpProxy | null;
  readonly broker: TcpProxy;
  readonly witness: Witness;
  readonly pad: FaultPad;
  readonly cameras: readonly string[];
  readonly setCamera: (camera: string, mode: CameraMode) => void;
  /** Every link and every camera is well again. */
  readonly faultless: () => Promise<unknown>;
  readonly agent: () => AgentProcess | null;
  /**
   * Begins a life. @param env more of its environment. @param config in place of keys of the configuration, for good. @param keepConfig
   * with the file as it is.
   */
  readonly start: (more?: {
    readonly env?: NodeJS.ProcessEnv;
    readonly config?: Readonly<Record<string, unknown>>;
    readonly keepConfig?: boolean;
  }) => void;
  /** Stops the whole process for a while; the agent must be there. */
  readonly stall: (ms: number) => Promise<void>;
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** Frames in the store, erased and all; 0: there is none yet. */
  readonly framesStored: () => number;
  /** Waits for something, and fails when the agent ends meanwhile. @throws Error naming what, after `limitMs`. */
  readonly until: (what: string, limitMs: number, isDone: () => boolean | Promise<boolean>) => Promise<void>;
  /** Waits until the present life has stored a frame more; resolves with how long that took since its start, ms. */
  readonly firstFrame: () => Promise<number>;
  /** Lets a last life send everything, and judges. */
  readonly finish: () => Promise<Verdict & { readonly figures: RigFigures }>;
  /** After it was judged: takes away what it left on bucket, index and broker. */
  readonly tidy: () => Promise<void>;
  /** Also done at the end, whatever happens. */
  readonly onClose: (work: () => void) => void;
  readonly close: () => Promise<void>;
};

const commitWindowMs = 100;
/** Its last sending may take 10 s. */
const patienceMs = 60_000;
const drainLimitMs = 600_000;
/** The slowest a failed server may keep us: two idle limits of 60 s and a wait. */
const standstillMs = 180_000;
const firstFrameLimitMs = 120_000;
/** A look opens the store: often enough for a recovery told in tenths of a second. */
const lookEveryMs = 100;
const sentEveryMs = 500;

export async function openRig(options: RigOptions): Promise<Rig> {
  const { name, device, places, clock, log, env, random, program, signal } = options;
  const folder = join(options.work, name);
  const data = join(folder, "data");
  const cameraFolder = join(folder, "cameras");
  mkdirSync(folder, { recursive: true });
  installCamera(cameraFolder, program);
  const cameras = Array.from({ length: options.cameras }, (_, number) => cameraName(number));
  const pad = createPad(join(folder, "pad"));
  pad.plug();
  const { host, port } = parseBrokerUrl(places.broker);
  const chronicle = openChronicle(join(folder, "chronicle.log"), clock);
  const broker = noted(await startTcpProxy({ host, port }), "broker", chronicle);
  const bucket =
    places.endpoint === null
      ? null
      : noted(await startHttpProxy(new URL(places.endpoint), random), "bucket", chronicle);
  const indexUrl = places.index === null ? null : new URL(places.index);
  const index =
    indexUrl === null
      ? null
      : noted(await startHttpProxy(new URL(indexUrl.origin), random), "index", chronicle);
  const witness = openWitness({ url: places.broker, base: rigTopicBase, device, clock, log, random });
  // The bench itself looks past the proxies.
  const backends: BackendOptions = {
    data,
    endpoint: places.endpoint,
    region: "us-east-1",
    caFile: null,
    env,
    log,
  };

  const lives: Life[] = [];
  const known = new Map<string, StoredFrame>();
  const crashes: string[] = [];
  const atClose: (() => void)[] = [];
  const configFile = join(folder, "outrider.yaml");
  const agentEnv = {
    HOME: env.HOME,
    OUTRIDER_DATA: data,
    ...keysOf(places, env),
    PATH: `${cameraFolder}:${env.PATH ?? ""}`,
  };
  const machine = probeMachine(join(folder, "probe"));
  let config: Record<string, unknown> = {
    device,
    data,
    cameras: cameras.map((id, number) => ({
      id,
      url: `rpicam:${number}`,
      fps: options.fps,
      width: 16,
      height: 16,
    })),
    gamepad: `joydev:${pad.path}`,
    drive: "none:",
    session: { event: device },
    record: recording,
    store: { commitWindowMs, keepFreeBytes: 1_000_000 },
    sync: {
      bucket: places.bucket ?? "folder:",
      index: index === null ? "local:" : `${index.url}${indexUrl!.pathname}`,
      ...(bucket === null ? {} : { endpoint: bucket.url }),
    },
    mqtt: { url: `mqtt://127.0.0.1:${broker.port}`, base: rigTopicBase, healthEveryMs: 1000 },
    log: { level: "warn" },
    ...options.config,
  };
  let agent: AgentProcess | null = null;
  let framesBefore = 0;

  const start: Rig["start"] = (more = {}) => {
    if (agent !== null) throw new Error(`${name}: a life goes on already`);
    config = { ...config, ...more.config };
    if (!more.keepConfig) writeFileSync(configFile, stringify(config));
    framesBefore = framesStored();
    witness.forget();
    chronicle.note(`life ${lives.length} begins`);
    agent = startAgent({
      command: [...program, "run", "--config", configFile, "--json", "--last-good"],
      env: { ...agentEnv, ...more.env },
      // What it said is kept with a rig that failed.
      onWords: (text) => appendFileSync(join(folder, "agent.log"), text),
    });
  };
  /** Books a life that is over, and what it left on disk: that is acknowledged, and must never be missed again. */
  const ended = async (endedNs: number): Promise<void> => {
    const crash = agent!.crash();
    if (crash !== null) crashes.push(crash);
    const lossMs = lossBoundMs(machine, commitWindowMs);
    chronicle.note(
      `life ${lives.length} is over, the pictures of the last ${lossMs.toFixed(0)} ms in which it ran may be missing; drops heard: ${JSON.stringify(witness.drops())} ${((endedNs - witness.healthNs()) / 1e6).toFixed(0)} ms before`,
    );
    lives.push({
      startedNs: agent!.startedNs,
      endedNs,
      counted: witness.counted(),
      lossMs,
      standstills: agent!.standstills(),
    });
    agent = null;
    try {
      for (const [imgId, frame] of (await look()).stored) known.set(imgId, frame);
    } catch (cause) {
      crashes.push(`I4: life ${lives.length - 1}: ${(cause as Error).message}`);
    }
  };
  const framesStored = (): number => {
    try {
      const store = openStore({ directory: storeFolder(data), clock, log, readOnly: true });
      const frames = store.frames.count();
      void store.close();
      return frames;
    } catch (cause) {
      // Before its first start there is none, and in the middle of its making it cannot be read.
      if (lives.length === 0) return 0;
      throw cause;
    }
  };
  const until = async (
    what: string,
    limitMs: number,
    isDone: () => boolean | Promise<boolean>,
  ): Promise<void> => {
    const limitNs = clock.monotonicNs() + limitMs * 1e6;
    while (!(await isDone())) {
      signal.throwIfAborted();
      const crash = agent?.crash() ?? null;
      if (crash !== null) throw new Error(`${name}: ${crash}`);
      if (clock.monotonicNs() > limitNs) throw new Error(`${name}: expected ${what} within ${limitMs} ms`);
      await delay(lookEveryMs);
    }
  };
  const look = (): Promise<StoreSeen> => observeStore(storeFolder(data), { clock, log, known });
  const setCamera = (camera: string, mode: CameraMode): void => {
    chronicle.note(`${camera}: ${mode}`);
    setCameraMode(cameraFolder, camera, mode);
  };
  const stop = async (): Promise<void> => {
    chronicle.note("SIGTERM");
    const { endedNs, isClean } = await agent!.stop(patienceMs);
    if (!isClean) crashes.push(`the agent did not stop within ${patienceMs} ms of SIGTERM`);
    await ended(endedNs);
  };
  const kill = async (): Promise<void> => {
    chronicle.note("SIGKILL");
    await ended(await agent!.kill());
  };
  /** Waits until nothing waits; as long as something goes, it may take its time. */
  const untilSent = async (): Promise<void> => {
    let least = Number.POSITIVE_INFINITY;
    let progressNs = clock.monotonicNs();
    await until("everything to be sent", drainLimitMs, async () => {
      // A look reads the whole store.
      await delay(sentEveryMs);
      const { waiting, parked } = await look();
      if (parked > 0)
        throw new Error(`${name}: ${parked} things were refused for good, and nothing refuses them`);
      if (waiting < least) progressNs = clock.monotonicNs();
      least = Math.min(least, waiting);
      if (clock.monotonicNs() - progressNs > standstillMs * 1e6)
        throw new Error(
          `${name}: ${waiting} things wait for bucket, index or broker, and none went in ${standstillMs} ms`,
        );
      return waiting === 0;
    });
  };
  const faultless = (): Promise<unknown> =>
    Promise.all([
      broker.set(null),
      bucket?.set(null),
      index?.set(null),
      ...cameras.map((id) => setCamera(id, "good")),
    ]);

  return {
    name,
    device,
    folder,
    data,
    cameraFolder,
    bucket,
    index,
    broker,
    witness,
    pad,
    cameras,
    setCamera,
    faultless,
    agent: () => agent,
    start,
    stall: async (ms) => {
      chronicle.note(`stands for ${ms.toFixed(0)} ms`);
      await agent!.stall(ms);
      chronicle.note("goes on");
    },
    kill,
    stop,
    framesStored,
    until,
    firstFrame: async () => {
      await until("a first frame of a life", firstFrameLimitMs, () => framesStored() > framesBefore);
      chronicle.note("has a first frame");
      return (clock.monotonicNs() - agent!.startedNs) / 1e6;
    },
    finish: async () => {
      await faultless();
      if (agent !== null) await stop();
      // One that records nothing more sends what is left; what its cameras give is nobody's to keep.
      const idleNs = clock.monotonicNs();
      start({ config: { record: { ...recording, autostart: false } } });
      await untilSent();
      await agent!.stop(patienceMs);
      agent = null;
      return judgeRig(
        { places, device, cameraFolder, backends, lives, crashes, known, witness, chronicle, signal },
        { ...(await look()), untilNs: idleNs },
      );
    },
    tidy: async () => {
      // What is embedded goes with the folder.
      if (places.bucket !== null) await tidyBucket(places.bucket, device, backends, signal);
      if (places.index !== null) await tidyIndex(places.index, device, backends, signal);
      await witness.clearRetained();
    },
    onClose: (work) => void atClose.push(work),
    close: async () => {
      if (agent !== null) await kill();
      machine.close();
      pad.unplug();
      for (const work of atClose) work();
      await Promise.all([witness.close(), broker.close(), bucket?.close(), index?.close()]);
    },
  };
}

/** Every picture, and sent at once. */
const recording = { delayMs: 0, standingEveryMs: 0, holdBackMs: 0 };

/** First level of every topic of a rig. */
export const rigTopicBase = "faults";

function keysOf({ bucket }: Places, env: Environment): NodeJS.ProcessEnv {
  if (bucket === null) return {};
  const { accessKeyId, secretAccessKey } = readS3Credentials(env);
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
}
