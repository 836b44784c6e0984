// What the agent says of itself: what it is, how it is, what it records. Ages and queues, so that a stuck part cannot look well.
import type { Camera } from "../../device/camera/camera.ts";
import { hoursLeft, readDiskSpace } from "../../device/disk.ts";
import { lanes } from "../../device/store/outbox.ts";
import { readTemperatureC } from "../../device/temperature.ts";
import type { Agent } from "../agent.ts";
import { judgeHealth } from "../health.ts";
import { isUnderMaintenance } from "../service.ts";
import { sumWatch } from "../summary.ts";
import { readVersion } from "../version.ts";
import { allowedNames } from "./commands.ts";

/** What the device is; changes only with the configuration. */
export function infoOf({ config, store, devices, targets, clock }: Agent): object {
  return {
    device: config.device,
    version: readVersion(),
    bootId: clock.now().bootId,
    store: store.id,
    cameras: config.cameras.map(({ id, width, height, fps }) => ({ id, width, height, fps })),
    gamepad: devices.gamepad.name,
    drive: devices.drive.name,
    targets: targets.list.map(({ name }) => name),
    commands: allowedNames(config.mqtt.allow),
  };
}

/** How it is. Ages are seconds; null: never yet. */
export function healthOf(agent: Agent): object {
  const { store, drain, retention, clock, config } = agent;
  const now = clock.now();
  const age = (ns: number | null): number | null =>
    ns === null ? null : Math.round((now.monotonicNs - ns) / 1e8) / 10;
  const statuses = drain.status();
  const newestAckNs = statuses.reduce<number | null>(
    (newest, { newestAckNs: ns }) => (ns === null || (newest !== null && newest > ns) ? newest : ns),
    null,
  );
  const pictures = agent.devices.cameras.map((camera) => camera.status());
  const newestPictureNs = pictures.reduce<number | null>(
    (newest, { newestFrameNs: ns }) => (ns === null || (newest !== null && newest > ns) ? newest : ns),
    null,
  );
  const { freeBytes } = readDiskSpace(config.data);
  const recorded = agent.recorder.state();
  const { pressure, mayCapture } = retention.state();
  const { ok, problems, warnings } = judgeHealth(agent);
  return {
    ok,
    problems,
    warnings,
    maintenance: isUnderMaintenance(config.data),
    ages: {
      newestPicture: age(newestPictureNs),
      newestFrame: age(recorded.newestFrameNs),
      commit: age(store.commitStats().newestNs),
      acknowledgement: age(newestAckNs),
      /** Of the newest picture of each camera that differed from the one before. */
      cameras: Object.fromEntries(
        agent.devices.cameras.map(({ id }, at) => [id, age(pictures[at]!.newestFrameNs)]),
      ),
    },
    loop: agent.loop.lag(),
    queue: Object.fromEntries(
      Object.entries(store.outbox.waiting()).map(([target, counts]) => [
        target,
        Object.fromEntries(lanes.map((lane) => [lane, counts[lane].entries])),
      ]),
    ),
    targets: statuses.map(({ name, state, blocked, problem }) => ({ name, state, blocked, problem })),
    disk: { freeBytes, pressure, mayCapture, hoursLeft: hoursLeft(freeBytes, writeRate(agent)) },
    clock: {
      synchronised: now.clockSynchronised,
      ...agent.clockKeeper.figures(),
      serverOffsetsMs: agent.sending.serverClocks.offsets(),
    },
    drops: {
      ...recorded.dropped,
      ...Object.fromEntries(
        pictures.flatMap(({ dropped }) =>
          Object.entries(dropped).map(([reason, count]) => [`camera ${reason}`, count]),
        ),
      ),
    },
    memoryBytes: process.memoryUsage.rss(),
    temperatureC: readTemperatureC(),
    watch: watchOf(agent),
    requests: agent.link?.requests() ?? null,
    config: agent.host?.config.state() ?? null,
    syncPaused: drain.isPaused(),
    problem: recorded.problem,
  };
}

/** Whether it sees, and how much it does not look at and why; null: no camera is watched. */
function watchOf({ watcher, clock }: Agent): object | null {
  if (watcher === null) return null;
  const state = watcher.state();
  const { frames, looked, skipped, sequences } = sumWatch(state);
  const newestNs = state.cameras.reduce((newest, { newestLookNs }) => Math.max(newest, newestLookNs ?? 0), 0);
  const age = newestNs === 0 ? null : Math.round((clock.monotonicNs() - newestNs) / 1e8) / 10;
  return {
    state: state.state,
    problem: state.problem,
    restarts: state.restarts,
    newestLook: age,
    frames,
    looked,
    skipped,
    sequences,
  };
}

/** How a camera is, and what is seen on it when it is watched. */
export function cameraStatusOf({ watcher, config, switches }: Agent, camera: Camera): object {
  const settings = config.cameras.find(({ id }) => id === camera.id);
  const uses = {
    record: settings?.record === true && switches.isOn(camera.id, "record"),
    watch: config.watch.enabled && settings?.watch.enabled === true && switches.isOn(camera.id, "watch"),
  };
  const status = { ...camera.status(), uses };
  const watched = watcher?.state().cameras.find(({ id }) => id === camera.id);
  if (watched === undefined) return status;
  const { id: _id, newestLookNs: _ns, ...watch } = watched;
  return { ...status, watch };
}

/** What the recorder does. */
export function recordStateOf({ recorder }: Agent): object {
  const { run, paused, frames, labels, erased, needsConfirmation, labelSkewMs } = recorder.state();
  return {
    state: run === null ? "stopped" : paused ? "paused" : "recording",
    run:
      run === null ? null : { id: run.id, event: run.session.event, frames: run.frames, labels: run.labels },
    frames,
    labels,
    erased,
    needsConfirmation,
    labelSkewMs,
  };
}

/** Bytes per second that cameras produce now, if every picture were kept. */
function writeRate({ recorder, config, newestFrame }: Agent): number {
  const frame = newestFrame();
  if (frame === null || recorder.state().run === null) return 0;
  const kept = Math.min(config.cameras[0]!.fps, 1000 / Math.max(1, config.record.delayMs));
  return frame.size * kept;
}
