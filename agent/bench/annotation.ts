// A simulated ridge is watched by the real program while the way to the annotation API is broken; it is killed in the middle of a sequence,
// watches on, is killed while it sends over a way that was mended badly, and begins once more. Then what arrived is held against the store.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import { openStore, type Store } from "../../device/store/store.ts";
import { annotationTargetName } from "../../sync/targets/annotation.ts";
import { type Environment, platformTokenName } from "../credentials.ts";
import { storeFolder } from "../folders.ts";
import {
  type AlertPost,
  type AlertVerdict,
  type BookedAlert,
  describeAlerts,
  heartbeatsOf,
  judgeAlerts,
  openAlertPost,
  readBookedAlerts,
} from "./annotation-alerts.ts";
import {
  type Arrival,
  describeArrival,
  type HeldSequence,
  judgeArrival,
  readHeld,
} from "./annotation-verdict.ts";
import { type AnnotationServer, startAnnotationServer } from "./contract-server/annotation/server.ts";
import { type PlatformServer, startPlatformServer } from "./contract-server/platform/server.ts";
import { type AgentProcess, startAgent } from "./faults/agent-process.ts";
import { builtProgram } from "./faults/program.ts";
import { startTcpProxy, type TcpProxy } from "./faults/tcp-proxy.ts";

export type AnnotationBenchOptions = {
  readonly work: string;
  /** Of the scene; the second life sees the next one. */
  readonly seed: number;
  /** Pictures of one sequence that are shown. */
  readonly maxPictures: number;
  /** An alert platform is told, too. */
  readonly platform: boolean;
  /** Starts this very program. */
  readonly program: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Environment;
  readonly signal: AbortSignal;
};

/** The promise holds when `problems` is empty. */
export type AnnotationBench = Arrival & {
  readonly seed: number;
  readonly tookS: number;
  readonly kills: number;
  /** Sequences that waited when the way was mended. */
  readonly waitedForLink: number;
  /** Pictures there when it was killed while it sent. */
  readonly sentBeforeKill: number;
  /** Faults that struck while it sent, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  /** Creates beside those that stand, as answers were lost. */
  readonly repeated: number;
  /** null: there was no alert platform. */
  readonly alerts: AlertVerdict | null;
  readonly problems: readonly string[];
};

const device = "ridge-post";
const sourceApi = "pyronear_french";
const account = { username: "ridge-post", password: "not-a-secret-here" };
const fps = 2;
/** Two minutes: enough for the first plume to rise and be confirmed. It is over when the scene is. */
const sceneFrames = 240;
/** Frames of a sequence that goes on when it is killed. */
const framesBeforeKill = 12;
const limitMs = 400_000;
const lookEveryMs = 200;
const patienceMs = 30_000;
/** Pictures of the camera that ends while its device goes on, and how long it then has to be silent at the platform. */
const lastPictures = 20;
const silentMs = 8_000;
const heartbeatMs = 1_000;
const azimuth = 210;

export async function runAnnotationBench(options: AnnotationBenchOptions): Promise<AnnotationBench> {
  const { clock } = options;
  const startedNs = clock.monotonicNs();
  const server = await startAnnotationServer(account);
  const proxy = await startTcpProxy({ host: "127.0.0.1", port: Number(new URL(server.url).port) });
  const platform = options.platform ? await openPlatform() : null;
  const post = await openPost(options, { port: proxy.port, platform });
  try {
    const played = await play(post, { server, proxy, platform, seed: options.seed, clock });
    const arrival = judgeArrival(post.held(), {
      there: server.state(),
      sourceApi,
      maxPictures: options.maxPictures,
      recovered: played.recovered,
    });
    const alerts =
      platform === null
        ? null
        : judgeAlerts(post.booked(), {
            ...platform,
            kills: 1,
            lastPictures,
            lastHeartbeats: played.lastHeartbeats,
          });
    return {
      ...arrival,
      seed: options.seed,
      tookS: (clock.monotonicNs() - startedNs) / 1e9,
      kills: 2,
      waitedForLink: played.waitedForLink,
      sentBeforeKill: played.sentBeforeKill,
      faults: server.faults(),
      repeated: repeatedIn(server),
      alerts,
      problems: [...problemsOf(arrival, played), ...(alerts?.problems ?? [])],
    };
  } finally {
    await post.close();
    await proxy.close();
    await platform?.proxy.close();
    await server.close();
    await platform?.server.close();
  }
}

type Platform = { readonly server: PlatformServer; readonly proxy: TcpProxy; readonly post: AlertPost };

async function openPlatform(): Promise<Platform> {
  const server = await startPlatformServer();
  const proxy = await startTcpProxy({ host: "127.0.0.1", port: Number(new URL(server.url).port) });
  return { server, proxy, post: openAlertPost(server, azimuth) };
}

type Played = Pick<AnnotationBench, "waitedForLink" | "sentBeforeKill"> & {
  readonly recovered: ReadonlySet<string>;
  /** Signs of life of the camera that ended. */
  readonly lastHeartbeats: number;
};

async function play(
  post: Post,
  {
    server,
    proxy,
    platform,
    seed,
    clock,
  }: {
    readonly server: AnnotationServer;
    readonly proxy: TcpProxy;
    readonly platform: Platform | null;
    readonly seed: number;
    readonly clock: Clock;
  },
): Promise<Played> {
  const picturesThere = (): number =>
    server.state().reduce((sum, { detections }) => sum + detections.length, 0);
  await proxy.set({ kind: "refuse" });
  await platform?.proxy.set({ kind: "refuse" });
  const first = post.start({ seed, pace: "asap" });
  await post.until("a sequence goes on", first, () => post.openFrames() >= framesBeforeKill);
  await first.kill();
  const recovered = new Set(post.openIds());
  const second = post.start({ seed: seed + 1, pace: "asap" });
  await post.until("the scene is over", second, () => second.crash() !== null);
  if (!post.held().some(({ record }) => !recovered.has(record.id)))
    throw new Error(`Expected smoke to be seen in the scene of seed ${seed + 1}, but ${second.crash()}`);
  const waitedForLink = post.held().filter(({ state }) => state === "waiting").length;
  // A way that is hardly one: slow, with answers that are lost.
  const bad = { latencyMs: 20, faults: { "502": 0.1, "reset-after-commit": 0.1, truncated: 0.05 }, seed };
  server.behave(bad);
  platform?.server.behave(bad);
  await proxy.set(null);
  await platform?.proxy.set(null);
  const third = post.start({ seed, pace: "clock" });
  await post.until("some pictures arrived", third, () => picturesThere() >= 3);
  await third.kill();
  const sentBeforeKill = picturesThere();
  const fourth = post.start({ seed, pace: "clock" });
  const isThrough = ({ state }: { readonly state: string }): boolean => state !== "waiting";
  await post.until("everything arrived", fourth, () => [...post.held(), ...post.booked()].every(isThrough));
  await fourth.stop(patienceMs);
  const lastHeartbeats =
    platform === null ? 0 : await playToTheEnd(post, { server: platform.server, seed, clock });
  return { waitedForLink, sentBeforeKill, recovered, lastHeartbeats };
}

/** A camera that ends, while its device goes on for another one. @returns its signs of life. @throws Error when they do not end. */
async function playToTheEnd(
  post: Post,
  { server, seed, clock }: { readonly server: PlatformServer; readonly seed: number; readonly clock: Clock },
): Promise<number> {
  server.behave({ faults: {} });
  const before = heartbeatsOf(server);
  const life = post.start({ seed, pace: "ends" });
  await post.until("a sign of life", life, () => heartbeatsOf(server) > before);
  let newest = { count: 0, atNs: clock.monotonicNs() };
  await post.until("no sign of life of a camera that ended", life, () => {
    const count = heartbeatsOf(server);
    if (count !== newest.count) newest = { count, atNs: clock.monotonicNs() };
    return clock.monotonicNs() - newest.atNs > silentMs * 1e6;
  });
  await post.until("every alert arrived", life, () =>
    post.booked().every(({ state }) => state !== "waiting"),
  );
  await life.stop(patienceMs);
  return newest.count - before;
}

/** asap: the scene as fast as it goes. clock: without an end. ends: a few pictures, beside a camera without an end. */
type Pace = "asap" | "clock" | "ends";

/** The device: its configuration, its lives and its store, read from beside. */
type Post = {
  /** Begins a life. */
  readonly start: (scene: { readonly seed: number; readonly pace: Pace }) => AgentProcess;
  readonly held: () => readonly HeldSequence[];
  /** None: there is no alert platform. */
  readonly booked: () => readonly BookedAlert[];
  /** Smoke sequences that go on, or were cut off. */
  readonly openIds: () => readonly string[];
  /** Frames of the longest of them. */
  readonly openFrames: () => number;
  /** @throws Error when the life ends before, or it takes too long. */
  readonly until: (what: string, life: AgentProcess, isDone: () => boolean) => Promise<void>;
  readonly close: () => Promise<void>;
};

async function openPost(
  { work, program, clock, log, env, signal, maxPictures }: AnnotationBenchOptions,
  { port, platform }: { readonly port: number; readonly platform: Platform | null },
): Promise<Post> {
  const folder = join(work, "annotation");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const data = join(folder, "data");
  const directory = storeFolder(data);
  const file = join(folder, "outrider.yaml");
  const url = `http://127.0.0.1:${port}`;
  const target = annotationTargetName(url);
  const alerts =
    platform === null ? null : { url: `http://127.0.0.1:${platform.proxy.port}`, ...platform.post };
  const command = await builtProgram(program, folder);
  let life: AgentProcess | null = null;

  const read = <T>(look: (store: Store) => T, nothing: T): T => {
    let store: Store;
    try {
      store = openStore({ directory, clock, log, readOnly: true });
    } catch {
      // Before the first life has made it.
      return nothing;
    }
    try {
      return look(store);
    } finally {
      void store.close();
    }
  };
  const openOnes = (): readonly { readonly id: string; readonly frames: number }[] =>
    read(
      (store) =>
        [...store.seen.sequences.range()].flatMap(({ value }) =>
          value.closedAt === null && value.className === "smoke" ? [value] : [],
        ),
      [],
    );
  return {
    start: ({ seed, pace }) => {
      const length = { asap: `&pace=asap&frames=${sceneFrames}`, clock: "", ends: `&frames=${lastPictures}` };
      const cameras = [`sim:ridge?seed=${seed}${length[pace]}`, ...(pace === "ends" ? ["sim:ridge"] : [])];
      writeFileSync(file, stringify(configOf(cameras, { data, url, maxPictures, alerts })));
      life = startAgent({
        command: [...command, "run", "--config", file, "--no-mqtt"],
        env: {
          ...env,
          OUTRIDER_ANNOTATION_LOGIN: account.username,
          OUTRIDER_ANNOTATION_PASSWORD: account.password,
          ...(alerts === null ? {} : { [platformTokenName]: alerts.token }),
        },
      });
      return life;
    },
    held: () =>
      read((store) => readHeld(store, { target, takes: ({ className }) => className === "smoke" }), []),
    booked: () =>
      alerts === null
        ? []
        : read((store) => readBookedAlerts(store, { url: alerts.url, camera: "ridge" }), []),
    openIds: () => openOnes().map(({ id }) => id),
    openFrames: () => Math.max(0, ...openOnes().map(({ frames }) => frames)),
    until: async (what, mine, isDone) => {
      const endNs = clock.monotonicNs() + limitMs * 1e6;
      while (!isDone()) {
        const crash = mine.crash();
        if (crash !== null) throw new Error(`Expected ${what}, but ${crash}`);
        if (clock.monotonicNs() > endNs) throw new Error(`Expected within ${limitMs / 1000} s: ${what}`);
        await clock.sleep(lookEveryMs, signal);
      }
    },
    close: async () => {
      await life?.kill();
    },
  };
}

function configOf(
  [camera, beside]: readonly string[],
  {
    data,
    url,
    maxPictures,
    alerts,
  }: {
    readonly data: string;
    readonly url: string;
    readonly maxPictures: number;
    readonly alerts: { readonly url: string; readonly pose: number } | null;
  },
): object {
  const common = { width: 480, height: 270, fps, record: false, place: { lat: 44.5, lon: 4.1, azimuth } };
  return {
    device,
    data,
    cameras: [
      {
        ...common,
        id: "ridge",
        url: camera,
        watch: { detector: "post-v1", everyMs: 0, motion: false },
        ...(alerts === null ? {} : { platform: { pose: alerts.pose } }),
      },
      // Watched, too, though it is hardly looked at: a device that has nothing left to watch ends.
      ...(beside === undefined
        ? []
        : [{ ...common, id: "beside", url: beside, watch: { detector: "post-v1", everyMs: 600_000 } }]),
    ],
    gamepad: "none:",
    drive: "none:",
    mqtt: { url: null },
    ingest: { schedule: null },
    watch: { enabled: true, embedder: null, window: { score: 0.35 } },
    sync: {
      annotation: { url, sourceApi, organisation: { id: 1, name: "Bench" }, maxPictures },
      ...(alerts === null ? {} : { platform: { url: alerts.url, everyMs: 2_000, heartbeatMs } }),
    },
  };
}

/** Creates that were carried out beside those that stand. */
function repeatedIn(server: AnnotationServer): number {
  const requests = server.requests();
  const sequences = server.state();
  const pictures = sequences.reduce((sum, { detections }) => sum + detections.length, 0);
  const conflicts = (name: string, standing: number): number => (requests[name]?.count ?? 0) - standing;
  return conflicts("POST /sequences/", sequences.length) + conflicts("POST /detections/", pictures);
}

function problemsOf({ lines, strangers }: Arrival, { recovered, waitedForLink }: Played): readonly string[] {
  return [
    ...lines.flatMap(({ sequence, problems }) => problems.map((problem) => `${sequence}: ${problem}`)),
    ...strangers.map((key) => `${key}: the store does not have it`),
    ...(recovered.size === 0 ? ["no sequence was cut off by the first kill"] : []),
    ...(waitedForLink < 2 ? [`expected two sequences to wait for the way, got ${waitedForLink}`] : []),
    ...(lines.some(({ closedBy, state }) => closedBy === "recovery" && state === "delivered")
      ? []
      : ["the sequence that was cut off did not arrive"]),
  ];
}

/** The result for a person. */
export function describeAnnotationBench(bench: AnnotationBench): string {
  const { kills, waitedForLink, sentBeforeKill, faults, repeated, problems, tookS, lines } = bench;
  const struck = Object.entries(faults).map(([kind, count]) => `${kind} ${count}`);
  const delivered = lines.filter(({ state }) => state === "delivered").length;
  return [
    describeArrival(bench),
    `killed ${kills} times: in the middle of a sequence, and with ${sentBeforeKill} pictures sent; ${waitedForLink} sequences waited for the way`,
    `faults ${struck.join(", ") || "none"}; requests that were repeated or refused meanwhile ${repeated}`,
    `${delivered} of ${lines.length} sequences there, each once; ${Math.round(tookS)} s`,
    ...(bench.alerts === null ? [] : [describeAlerts(bench.alerts)]),
    ...problems.map((problem) => `PROBLEM ${problem}`),
  ].join("\n");
}
