// The agent's hands: what a person far away can have it do, on the parts it has.
import { hideSecrets } from "../../device/camera/hide-secrets.ts";
import { readDiskSpace } from "../../device/disk.ts";
import { eventProblem } from "../../device/session-template.ts";
import type { Agent } from "../agent.ts";
import { openCatalog } from "../models/open-catalog.ts";
import { collectStats, type Stats } from "../stats.ts";
import { createIndividualHands } from "./agent-hands-individuals.ts";
import { createSyncHands } from "./agent-hands-sync.ts";
import { createDriveHands } from "./drive-hands.ts";
import {
  type CameraHands,
  type ModelHands,
  type RecordHands,
  type RemoteHands,
  RemoteRefusal,
} from "./hands.ts";
import { cameraStatusOf, healthOf, recordStateOf } from "./states.ts";

/** Counting walks through the whole store while nothing else runs: who asks again and again is told the same, ms. */
const countEveryMs = 5_000;

export function createAgentHands(agent: Agent): RemoteHands {
  const { store, config, host, clock } = agent;
  let counted: { readonly atNs: number; readonly stats: Stats } | null = null;
  const unhosted = (what: string): never => {
    throw new RemoteRefusal("not_available", `${what} needs the agent of outrider run`);
  };
  return {
    status: async () => ({
      record: recordStateOf(agent),
      health: healthOf(agent),
      totals: agent.figures(),
    }),
    stats: async () => {
      const ns = clock.monotonicNs();
      if (counted === null || ns - counted.atNs > countEveryMs * 1e6)
        counted = {
          atNs: ns,
          stats: collectStats(store, {
            disk: readDiskSpace(config.data),
            nowUs: clock.now().wallUs,
            configured: new Set(agent.targets.list.map(({ name }) => name)),
          }),
        };
      return counted.stats;
    },
    record: createRecordHands(agent),
    session: () => currentOf(agent).session,
    camera: createCameraHands(agent),
    snapshot: async (camera) => {
      if (camera !== undefined) requireCamera(agent, camera);
      const frame = agent.newestFrame(camera);
      const bytes = frame === null ? null : store.frames.picture(frame.imgId);
      return frame === null || bytes === null
        ? null
        : { imgId: frame.imgId, camera: frame.camera, mediaType: frame.mediaType, bytes };
    },
    model: createModelHands(agent),
    individuals: createIndividualHands(agent),
    sync: createSyncHands(agent),
    config: host?.config ?? {
      get: async () => unhosted("config"),
      change: async () => unhosted("A change of the configuration"),
      confirm: async () => unhosted("config"),
      rollback: async () => unhosted("config"),
    },
    log: host?.log ?? { level: () => config.log.level, setLevel: () => unhosted("log level") },
    drive: createDriveHands(agent),
    restart: async () => host?.restart() ?? unhosted("restart"),
  };
}

/** The configuration in force: what is live may have been changed since the agent was opened. */
function currentOf({ host, config }: Agent): Agent["config"] {
  return host?.current() ?? config;
}

function requireCamera({ config }: Agent, id: string): Agent["config"]["cameras"][number] {
  const found = config.cameras.find((camera) => camera.id === id);
  if (found !== undefined) return found;
  const known = config.cameras.map((camera) => camera.id).join(", ");
  throw new RemoteRefusal("unknown_camera", `Expected one of ${known}, got "${id}"`);
}

function createRecordHands(agent: Agent): RecordHands {
  const { recorder } = agent;
  const requireRun = (): void => {
    if (recorder.state().run === null)
      throw new RemoteRefusal("not_recording", "No run is open; record start begins one");
  };
  return {
    start: async (session) => {
      const wanted = { ...currentOf(agent).session, ...session };
      const problem = eventProblem(wanted.event);
      if (problem !== null) throw new RemoteRefusal("bad_event", problem);
      return { run: (await recorder.start(wanted)).id };
    },
    stop: async () => {
      const ended = await recorder.stop("remote");
      return ended === null ? null : { run: ended.id };
    },
    pause: async () => {
      requireRun();
      await recorder.pause();
    },
    resume: async () => {
      requireRun();
      await recorder.resume();
    },
    mark: (note) => recorder.mark(note),
    erase: (seconds) => recorder.erase(seconds),
    undoErase: () => recorder.undoErase(),
  };
}

function createCameraHands(agent: Agent): CameraHands {
  const { config, devices, switches } = agent;
  return {
    list: async () =>
      config.cameras.map(({ id, url, ...settings }) => {
        const camera = devices.cameras.find((each) => each.id === id);
        return {
          id,
          url: hideSecrets(url),
          settings,
          status: camera === undefined ? null : cameraStatusOf(agent, camera),
        };
      }),
    use: async (id, uses, on) => {
      const { record, watch } = requireCamera(agent, id);
      const configured = { record, watch: config.watch.enabled && watch.enabled };
      const missing = uses.filter((use) => !configured[use]);
      // Both is what is meant when nobody names one: then those that there are.
      if (missing.length === uses.length)
        throw new RemoteRefusal(
          "not_configured",
          `The configuration does not use camera ${id} to ${missing.join(" or ")}; camera settings can change that`,
        );
      await switches.set(
        id,
        uses.filter((use) => configured[use]),
        on,
      );
      return {
        record: configured.record && switches.isOn(id, "record"),
        watch: configured.watch && switches.isOn(id, "watch"),
      };
    },
  };
}

function createModelHands({ config }: Agent): ModelHands {
  return {
    list: async () => {
      const { watch, cameras, drive } = config;
      const catalog = openCatalog(config);
      return {
        models: catalog.list().map(({ manifest: { id, task, family, bytes, classes, licence } }) => ({
          id,
          task,
          family,
          bytes,
          classes,
          licence,
        })),
        problems: catalog.problems,
        inUse: {
          watching: watch.enabled,
          detector: watch.detector,
          embedder: watch.embedder,
          cameras: Object.fromEntries(
            cameras.flatMap(({ id, watch: own }) => (own.detector === null ? [] : [[id, own.detector]])),
          ),
          steer: drive.model,
        },
      };
    },
  };
}
