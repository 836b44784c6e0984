// Ingests beside a running agent: at its start when asked to, and by the schedule. One at a time, gently, and never in a camera's way.
import { existsSync } from "node:fs";
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import type { Store } from "../../device/store/store.ts";
import type { Config } from "../config.ts";
import { nextRunMs } from "../cron.ts";
import type { Emit } from "../events.ts";
import { chooseDatasets, type Dataset } from "./datasets.ts";
import { type IngestResult, ingest } from "./ingest.ts";
import { createPictureReader, type PictureReader } from "./picture-reader.ts";

export type IngesterOptions = {
  readonly store: Store;
  readonly settings: Config["ingest"];
  readonly clock: Clock;
  readonly log: Log;
  readonly emit: Emit;
  readonly hasRoom: () => boolean;
  /** Not given: one thread of this program. */
  readonly openReader?: () => PictureReader;
};

export type Ingester = {
  /** Ingests when it is time, until the signal aborts. Never throws: what goes wrong is logged and told by an event. */
  readonly follow: (signal: AbortSignal) => Promise<void>;
};

/** Few at once, so that no commit of a camera waits for many megabytes. */
const inFlight = 4;
/** The wall clock may be set meanwhile: looked at anew after this. */
const longestSleepMs = 600_000;
/** Problems that an event names; the log has them all. */
const mostNamed = 20;

export function createIngester(options: IngesterOptions): Ingester {
  const { settings, clock, log, emit, hasRoom } = options;

  const run = async (datasets: readonly Dataset[], signal: AbortSignal): Promise<void> => {
    if (datasets.length === 0) return;
    if (!hasRoom()) return log.warn({}, "data sets are not ingested: the store has no room");
    const reader = (options.openReader ?? (() => createPictureReader({ threads: 1 })))();
    try {
      const result = await ingest({
        ...options,
        datasets,
        dryRun: false,
        force: false,
        reader,
        inFlight,
        onWarning: (sentence) => log.warn({}, sentence),
        onProgress: () => undefined,
        signal,
      });
      // Stopped with the agent: the next start goes on.
      if (!signal.aborted) await emit("ingest.finished", eventOf(result));
    } catch (cause) {
      log.error({ cause }, "data sets could not be ingested");
      await emit("ingest.finished", { success: false, error: (cause as Error).message });
    } finally {
      await reader.close();
    }
  };

  return {
    follow: async (signal) => {
      const all = chooseDatasets({ dataset: "all", format: "auto" }, settings);
      try {
        if (settings.onStartup) await run(all, signal);
        for (;;) {
          const due = settings.schedule === null ? null : nextRunMs(settings.schedule, nowMs(clock));
          if (due === null) return;
          // A clock that was in the future for a while must not have it wait for years.
          await untilDue(
            () => Math.min(due, nextRunMs(settings.schedule!, nowMs(clock)) ?? due),
            clock,
            signal,
          );
          await run(
            all.filter(({ path }) => existsSync(path)),
            signal,
          );
        }
      } catch (cause) {
        if (!signal.aborted) log.error({ cause }, "ingesting by schedule ended");
      }
    },
  };
}

/** Waits until `dueMs`, which is asked anew every now and then. @throws the signal's reason. */
async function untilDue(dueMs: () => number, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let leftMs = dueMs() - nowMs(clock); leftMs > 0; leftMs = dueMs() - nowMs(clock))
    await clock.sleep(Math.min(leftMs, longestSleepMs), signal);
}

function nowMs(clock: Clock): number {
  return clock.now().wallUs / 1000;
}

function eventOf({ success, results, stats }: IngestResult): Readonly<Record<string, unknown>> {
  const named = Object.entries(results).map(([name, result]) => [
    name,
    { ...result, problems: result.problems.slice(0, mostNamed) },
  ]);
  return { success, results: Object.fromEntries(named), stats };
}
