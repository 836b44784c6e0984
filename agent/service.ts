// The agent as a service of systemd: READY when it really captures, a sign of life only while capture, store and loop progress,
// and one line on how it is for `systemctl status`.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../device/log.ts";
import { type HealthSources, type HealthVerdict, isFollowed, judgeHealth } from "./health.ts";
import type { Notifier } from "./service-notify.ts";

/** A file of this name in the data folder: somebody works on the device, so the watchdog does not restart it. */
export const maintenanceFile = "maintenance";

export function isUnderMaintenance(data: string): boolean {
  return existsSync(join(data, maintenanceFile));
}

/** Looks and says at least this often, ms. */
const longestBeatMs = 10_000;
const shortestBeatMs = 100;
/** Until READY it looks this often, ms. */
const startBeatMs = 500;
/** READY waits so long for the cameras that are still missing when others give pictures, ms. With none at all it is never said. */
const cameraGraceMs = 30_000;

export type ServiceOptions = {
  /** Tells systemd; null: nobody asked. */
  readonly notifier: Notifier | null;
  /** One line on how the agent is. */
  readonly describe: () => string;
  readonly log: Log;
  /** Asked at the end; true: the service goes on with another agent, so nothing stops. */
  readonly isAgain?: () => boolean;
  /** Ends it with STOPPING. */
  readonly signal: AbortSignal;
};

/** Keeps systemd informed until the signal aborts; never throws. */
export async function keepService(
  agent: HealthSources,
  { notifier, describe, log, isAgain = () => false, signal }: ServiceOptions,
): Promise<void> {
  if (notifier === null) return;
  const { clock, config } = agent;
  const beatMs = Math.max(
    shortestBeatMs,
    Math.min(longestBeatMs, (notifier.watchdogMs ?? 2 * longestBeatMs) / 2),
  );
  const startedNs = clock.monotonicNs();
  let isReady = false;
  let isWithheld = false;
  while (!signal.aborted) {
    const verdict = judgeHealth(agent);
    const becomesReady: boolean =
      !isReady && mayBeReady(agent, verdict, (clock.monotonicNs() - startedNs) / 1e6);
    isReady ||= becomesReady;
    const inMaintenance = isUnderMaintenance(config.data);
    const isAlive = verdict.restartMayHelp.length === 0 || inMaintenance;
    if (isWithheld === isAlive) {
      isWithheld = !isAlive;
      if (isWithheld)
        log.error({ problems: verdict.restartMayHelp }, "no sign of life is given: a new start may help");
    }
    await notifier.say([
      ...(becomesReady ? ["READY=1"] : []),
      ...(isAlive && notifier.watchdogMs !== null ? ["WATCHDOG=1"] : []),
      `STATUS=${statusOf(verdict, { isReady, inMaintenance, line: describe() })}`,
    ]);
    await clock.sleep(isReady ? beatMs : Math.min(beatMs, startBeatMs), signal).catch(() => undefined);
  }
  await notifier.say(isAgain() ? ["STATUS=begins anew"] : ["STOPPING=1", "STATUS=ends what it does"]);
}

/** Whether pictures come from every camera; after a while: from some. The store was opened, or there would be no agent. */
function mayBeReady(
  { devices, config }: HealthSources,
  { problems }: HealthVerdict,
  sinceMs: number,
): boolean {
  if (problems.some(({ part }) => part === "store" || part === "loop")) return false;
  const cameras = devices.cameras.filter(({ id }) => isFollowed(config, id)).map((camera) => camera.status());
  const came = cameras.filter(({ newestFrameNs, state }) => newestFrameNs !== null || state === "ended");
  return came.length === cameras.length || (came.length > 0 && sinceMs >= cameraGraceMs);
}

function statusOf(
  { problems }: HealthVerdict,
  { isReady, inMaintenance, line }: { isReady: boolean; inMaintenance: boolean; line: string },
): string {
  const words = problems.map(({ part, message }) => `${part}: ${message}`);
  return [
    ...(isReady ? [] : ["starting"]),
    ...(inMaintenance ? [`maintenance (a file ${maintenanceFile} suspends the watchdog)`] : []),
    ...words,
    line,
  ].join("; ");
}
