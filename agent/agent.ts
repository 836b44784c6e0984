// The composition root: opens store, devices, targets and the MQTT link, runs them together, and stops them in reverse order.
import type { Clock } from "../device/clock.ts";
import { readDiskSpace } from "../device/disk.ts";
import type { FrameRecord } from "../device/frame.ts";
import type { Log } from "../device/log.ts";
import type { RunRecord } from "../device/run.ts";
import { createRetention, type Retention } from "../device/store/retention.ts";
import { openStore, type Store } from "../device/store/store.ts";
import { createDrain, type Drain } from "../sync/drain.ts";
import type { Config } from "./config.ts";
import type { Environment } from "./credentials.ts";
import { type Devices, openDevices } from "./devices.ts";
import { createEmit } from "./events.ts";
import { storeFolder } from "./folders.ts";
import { createRecorder, type Recorder } from "./record/recorder.ts";
import { recorderOptions } from "./record/recorder-options.ts";
import { openLink, type RemoteLink } from "./remote/open-link.ts";
import { type Summary, summarise } from "./summary.ts";
import { openTargets, type Targets } from "./targets.ts";

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
};

/** The running parts, for a status line and for remote hands. */
export type Agent = {
  readonly config: Config;
  readonly store: Store;
  readonly devices: Devices;
  readonly targets: Targets;
  readonly drain: Drain;
  readonly retention: Retention;
  readonly recorder: Recorder;
  readonly link: RemoteLink | null;
  readonly clock: Clock;
  /** The newest frame on disk, of one camera or of any; null before the first of this process. */
  readonly newestFrame: (camera?: string) => FrameRecord | null;
  /** Runs until the signal aborts or the cameras end; then sends what it can within `lastSendMs` and resolves with the figures. */
  readonly run: (signal: AbortSignal) => Promise<Summary>;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

const retentionEveryMs = 5000;
/** How long the end may take to send what waits; the rest goes at the next start. */
const lastSendMs = 10_000;

/** Opens everything; when a part fails, those opened before are closed again. */
export async function openAgent(options: AgentOptions): Promise<Agent> {
  const { config, clock, log, env, random } = options;
  const opened: { close: () => Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const part of opened.splice(0).reverse()) await part.close();
  };
  const opening = <T extends { close: () => Promise<void> }>(part: T): T => {
    opened.push(part);
    return part;
  };
  try {
    const store = opening(
      openStore({
        directory: storeFolder(config.data),
        clock,
        log,
        commitWindowMs: config.store.commitWindowMs,
      }),
    );
    const link = options.mqtt && config.mqtt.url !== null ? opening(await openLink(options, store)) : null;
    const targets = opening(openTargets({ config, store, clock, log, env, events: link?.events ?? null }));
    const { plan } = targets;
    const devices = opening(await openDevices({ config, clock, log, random, keyboard: options.keyboard }));
    const drain = createDrain({ store, targets: targets.list, clock, log, random });
    const retention = createRetention({
      store,
      log,
      disk: () => readDiskSpace(config.data),
      limits: {
        maxBytes: config.store.maxBytes,
        keepFreeBytes: config.store.keepFreeBytes,
        pictureTargets: plan.pictureTargets,
        labelTargets: plan.labelTargets,
      },
    });
    const newest = new Map<string, FrameRecord>();
    const emit = createEmit({ store, plan, clock, onEvent: () => link?.changed() });
    const recorder = createRecorder({
      ...recorderOptions(config),
      ...devices,
      store,
      clock,
      log,
      plan,
      emit,
      ...(options.onRunEnded === undefined ? {} : { onRunEnded: options.onRunEnded }),
      mayCapture: () => retention.state().mayCapture,
      onKept: (frame) => {
        // Delete first: the map then ends with the newest of all.
        newest.delete(frame.camera);
        newest.set(frame.camera, frame);
      },
    });
    const agent: Agent = {
      config,
      store,
      devices,
      targets,
      drain,
      retention,
      recorder,
      link,
      clock,
      newestFrame: (camera) =>
        (camera === undefined ? [...newest.values()].at(-1) : newest.get(camera)) ?? null,
      run: (signal) => runAgent(agent, options, signal),
      close,
    };
    return agent;
  } catch (cause) {
    await close();
    throw cause;
  }
}

async function runAgent(
  agent: Agent,
  { config, clock, log }: AgentOptions,
  signal: AbortSignal,
): Promise<Summary> {
  const { recorder, drain, retention, link } = agent;
  const background = new AbortController();
  const before = summarise(agent, null);
  const sending = drain.run({ follow: true, signal: background.signal });
  const keeping = everyMs(
    retentionEveryMs,
    { clock, signal: background.signal },
    async () => void (await retention.check()),
  ).catch((cause: unknown) => {
    if (!background.signal.aborted) log.error({ cause }, "the store's room is not watched any more");
  });
  link?.serve(agent);
  try {
    if (config.record.autostart) await recorder.start(config.session);
    await recorder.follow(signal);
  } finally {
    background.abort();
    await Promise.all([sending, keeping]);
  }
  // The cameras are still, everything is on disk: send what can be sent now.
  await drain.run({ follow: false, attempts: 2, signal: AbortSignal.timeout(lastSendMs) });
  await link?.close();
  return summarise(agent, before);
}

async function everyMs(
  ms: number,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
  work: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    await work();
    await clock.sleep(ms, signal).catch(() => undefined);
  }
}
