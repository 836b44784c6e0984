// The composition root: opens store, link, targets and devices, and ties recorder, drain and retention to them.
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../device/clock.ts";
import { readDiskSpace } from "../device/disk.ts";
import type { FrameRecord } from "../device/frame.ts";
import type { Log } from "../device/log.ts";
import type { RunRecord } from "../device/run.ts";
import { bookSalvage, earlyMs, prepareStore } from "../device/store/prepare-store.ts";
import { createRetention, type Retention } from "../device/store/retention.ts";
import { openStore, type Store } from "../device/store/store.ts";
import type { Drain } from "../sync/drain.ts";
import { type Closing, createClosing } from "./closing.ts";
import type { Config } from "./config.ts";
import type { Environment } from "./credentials.ts";
import { type Devices, openDevices } from "./devices.ts";
import { createDriving, type Driving } from "./drive/driving.ts";
import { describeDisagreement, keepShadow } from "./drive/keep-shadow.ts";
import { createEmit, type Emit } from "./events.ts";
import { storeFolder } from "./folders.ts";
import { createFrameIds } from "./frame-ids.ts";
import { createLoopWatch, type LoopWatch } from "./health-loop.ts";
import type { AgentHost } from "./host.ts";
import { createIngester, type Ingester } from "./ingest/ingester.ts";
import { loadTargets } from "./load-targets.ts";
import { createNewestPictures } from "./newest-picture.ts";
import { openPresence, type Presence } from "./open-presence.ts";
import { createRecorder, type Recorder } from "./record/recorder.ts";
import { recorderOptions } from "./record/recorder-options.ts";
import { openLink, type RemoteLink } from "./remote/open-link.ts";
import { type ClockKeeper, createClockKeeper } from "./restamp-watch.ts";
import { type RunAgentOptions, runAgent } from "./run-agent.ts";
import { openSending, type Sending } from "./sending.ts";
import { type Notifier, openNotifier } from "./service-notify.ts";
import { createSummaries, type Summary } from "./summary.ts";
import { switchedCamera } from "./switched-camera.ts";
import { openSwitches, type Switches } from "./switches.ts";
import type { Targets } from "./targets.ts";
import { openWatcher, type WatchOptions } from "./watch/open-watcher.ts";
import type { Watcher } from "./watch/watcher.ts";

export type AgentOptions = {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Environment;
  readonly random: () => number;
  /** The terminal, for a keyboard as gamepad; null where there is none. */
  readonly keyboard: Parameters<typeof openDevices>[0]["keyboard"];
  /** false: no MQTT at all, whatever the configuration says. */
  readonly mqtt: boolean;
  /** Told of every run that ended. */
  readonly onRunEnded?: (run: RunRecord) => void;
  readonly watching?: WatchOptions;
  /** Who can begin the agent anew; not given: nobody, and its configuration stays as it is. */
  readonly host?: AgentHost;
};

/** The parts, open and still until `run` (or a recording) sets them going. Life: openAgent → run once → close. */
export type Agent = {
  readonly config: Config;
  readonly store: Store;
  readonly devices: Devices;
  /** Targets and drain, and what is noticed around them. */
  readonly sending: Sending;
  readonly targets: Targets;
  readonly drain: Drain;
  readonly retention: Retention;
  readonly recorder: Recorder;
  /** Who drives the car. */
  readonly driving: Driving;
  /** null: no camera is watched. */
  readonly watcher: Watcher | null;
  /** Brings data sets in when it is time. */
  readonly ingester: Ingester;
  /** Tells an alert platform which cameras are alive. */
  readonly presence: Presence;
  readonly link: RemoteLink | null;
  readonly clock: Clock;
  /** What was switched off from afar. */
  readonly switches: Switches;
  /** null: nobody can begin it anew. */
  readonly host: AgentHost | null;
  /** Whether the event loop turns. */
  readonly loop: LoopWatch;
  /** Tells what happened to whoever listens over MQTT. */
  readonly emit: Emit;
  /** Follows the wall clock, and has frames of an unset one stamped anew. */
  readonly clockKeeper: ClockKeeper;
  /** The service manager that started us; null: nobody wants to hear how we are. */
  readonly notifier: Notifier | null;
  /** What was done since the agent was opened. */
  readonly figures: () => Summary;
  /** The newest frame on disk, of one camera or of any; null before the first of this process. */
  readonly newestFrame: (camera?: string) => FrameRecord | null;
  /**
   * Records and sends until the signal aborts or the cameras end; then sends what it can within 10 s (`hurry` ends that) and
   * resolves with the figures. Where another agent takes over at once, nothing is sent.
   */
  readonly run: (
    signal: AbortSignal,
    options?: Partial<Omit<RunAgentOptions, "log" | "signal">>,
  ) => Promise<Summary>;
  /** In reverse order of opening; may be called twice. */
  readonly close: () => Promise<void>;
};

/** Opens everything; when a part fails, those opened before are closed again and the reason is thrown. */
export async function openAgent(options: AgentOptions): Promise<Agent> {
  const closing = createClosing();
  try {
    return await openParts(options, closing);
  } catch (cause) {
    // The first failure is the one to tell; a part that does not close after it adds nothing.
    await closing.close().catch((failure: unknown) => options.log.debug({ failure }, "closing failed, too"));
    throw cause;
  }
}

async function openParts(options: AgentOptions, closing: Closing): Promise<Agent> {
  const { config, clock, log, env, random } = options;
  const directory = storeFolder(config.data);
  const notifier = openNotifier({ env, log, pid: process.pid });
  const start = closing.add(await beginLife({ directory, clock, log, notifier }));
  const store = closing.add(
    openStore({
      directory,
      clock,
      log,
      commitWindowMs: config.store.commitWindowMs,
      isPrepared: true,
    }),
  );
  store.givenUp.addEventListener("abort", start.died);
  const link = options.mqtt && config.mqtt.url !== null ? closing.add(await openLink(options, store)) : null;
  const sending = closing.add(
    openSending({ config, store, clock, log, env, random, events: link?.events ?? null }),
  );
  const { targets, drain } = sending;
  await loadTargets(config);
  const { plan } = targets;
  const devices = closing.add(await openDevices({ config, clock, log, random, keyboard: options.keyboard }));
  const retention = createRetention({
    store,
    log,
    disk: () => readDiskSpace(config.data),
    limits: {
      maxBytes: config.store.maxBytes,
      keepFreeBytes: config.store.keepFreeBytes,
      pictureTargets: plan.pictureTargets.filter((name) => !plan.optionalTargets.includes(name)),
      labelTargets: plan.labelTargets.filter((name) => !plan.optionalTargets.includes(name)),
      sequenceTargets: plan.sequenceTargets.filter((name) => !plan.optionalTargets.includes(name)),
      optionalTargets: plan.optionalTargets,
    },
  });
  const switches = openSwitches(store);
  if (switches.isSyncPaused()) drain.pause();
  const newest = createNewestFrames();
  const emit = createEmit({ store, plan, clock, onEvent: () => link?.changed() });
  sending.serverClocks.onNews((server, offsetMs) => {
    emit("clock.skew", { server, offsetMs }).catch((cause: unknown) =>
      log.error({ cause, server, offsetMs }, "a wrong clock could not be told"),
    );
  });
  if (start.salvaged !== null) {
    await bookSalvage(store, start.salvaged);
    await emit("store.salvaged", start.salvaged, { alert: true });
  }
  const loop = closing.add(createLoopWatch(clock.monotonicNs));
  const keeping = {
    store,
    ids: createFrameIds(store, { byContent: options.watching?.eachOnce ?? false }),
    clock,
    log,
    plan,
    emit,
    mayCapture: () => retention.state().mayCapture,
  };
  const pictures = createNewestPictures();
  const { watcher, recorded } = openWatcher({
    ...keeping,
    config,
    cameras: config.sync.platform === null ? devices.cameras : devices.cameras.map(pictures.tap),
    watching: options.watching ?? {},
    isOn: (camera) => switches.isOn(camera, "watch"),
    onKept: (_captured, imgId) => {
      const frame = store.frames.get(imgId);
      if (frame !== null) newest.add(frame);
    },
  });
  const driving = closing.add(
    createDriving({
      config,
      devices,
      clock,
      log,
      emit,
      nameOf: keeping.ids.of,
      onDisagreement: (disagreement) => {
        const note = describeDisagreement(disagreement);
        recorder.mark(note).catch((cause: unknown) => log.error({ cause, note }, "a mark could not be kept"));
      },
    }),
  );
  const recorder = createRecorder({
    ...recorderOptions(config),
    wheel: driving.wheel,
    stick: driving.stick,
    ...keeping,
    // A model drives by the first one, also while its pictures are not recorded.
    cameras: recorded.map((camera, index) =>
      switchedCamera(index === 0 ? driving.tap(camera) : camera, () => switches.isOn(camera.id, "record")),
    ),
    alongside: driving.follow,
    onRunEnded: (run) => {
      keepShadow(driving.takeShadow(), { run, store, emit, log });
      options.onRunEnded?.(run);
    },
    onKept: newest.add,
  });
  const presence = closing.add(
    openPresence({
      config,
      env,
      devices,
      watcher,
      pictures,
      drain,
      isMetered: sending.isMetered,
      clock,
      log,
    }),
  );
  const ingester = createIngester({
    ...keeping,
    settings: config.ingest,
    hasRoom: () => ["none", "warn"].includes(retention.state().pressure),
  });
  const agent: Agent = {
    config,
    store,
    devices,
    sending,
    targets,
    drain,
    retention,
    recorder,
    driving,
    watcher,
    ingester,
    presence,
    link,
    clock,
    switches,
    host: options.host ?? null,
    loop,
    emit,
    clockKeeper: createClockKeeper({ store, clock, log, emit }),
    notifier,
    figures: createSummaries({ recorder, watcher, targets, store }),
    newestFrame: newest.of,
    run: (signal, { hurry = signal, isAgain = () => false, ...more } = {}) =>
      runAgent(agent, { log, signal, hurry, isAgain, ...more }),
    close: closing.close,
  };
  return agent;
}

/** A tired memory card, read and written at once. */
const slowestBytesPerS = 4e6;

function storeBytes(directory: string): number {
  try {
    return statSync(join(directory, "data.mdb")).size;
  } catch {
    // None yet; or a folder that cannot be used, which is told when it is opened.
    return 0;
  }
}

/** Looks after the store before it is opened, and notes how this life goes; its close comes after the store's. */
async function beginLife(options: { directory: string; clock: Clock; log: Log; notifier: Notifier | null }) {
  // A large store that has to be looked through or taken over must not be killed for it, to begin again.
  const patienceUs = (60 + storeBytes(options.directory) / slowestBytesPerS) * 1e6;
  await options.notifier?.say([`EXTEND_TIMEOUT_USEC=${Math.round(patienceUs)}`]);
  const start = await prepareStore(options);
  const ended = new AbortController();
  let isDead = false;
  options.clock
    .sleep(earlyMs, ended.signal)
    .then(start.survived)
    .catch((cause: unknown) => {
      if (!ended.signal.aborted)
        options.log.error({ cause }, "it could not be noted that the start was survived");
    });
  return {
    salvaged: start.salvaged,
    /** The store is lost to this life: the next one looks through it. */
    died: () => {
      isDead = true;
    },
    close: async () => {
      ended.abort();
      if (!isDead) start.ended();
    },
  };
}

/** The newest frame on disk of each camera. */
function createNewestFrames(): {
  readonly add: (frame: FrameRecord) => void;
  readonly of: Agent["newestFrame"];
} {
  const newest = new Map<string, FrameRecord>();
  return {
    add: (frame) => {
      // What led up to a sequence is kept after it.
      if ((newest.get(frame.camera)?.moment.monotonicNs ?? 0) > frame.moment.monotonicNs) return;
      // Delete first: the map then ends with the newest of all.
      newest.delete(frame.camera);
      newest.set(frame.camera, frame);
    },
    of: (camera) => (camera === undefined ? [...newest.values()].at(-1) : newest.get(camera)) ?? null,
  };
}
