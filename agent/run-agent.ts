// The life of an agent: ends what a power cut left open, records, sends and keeps room meanwhile, and sends the rest at the end.
import { deadline } from "../device/deadline.ts";
import type { SessionTemplate } from "../device/label.ts";
import type { Log } from "../device/log.ts";
import type { Agent } from "./agent.ts";
import { beatHealth } from "./health-beat.ts";
import { recoverRuns } from "./record/recover.ts";
import { keepService } from "./service.ts";
import { describeAgent } from "./status-line.ts";
import type { Summary } from "./summary.ts";
import { enqueueMissing } from "./sync.ts";
import { createPressureTeller } from "./tell-pressure.ts";

/** How long the end may take to send what waits; the rest goes at the next start. */
const lastSendMs = 10_000;
/** Rest after the store refused to book what was sent, ms. */
const retrySendingMs = 5_000;
/** Milliseconds between two looks at the store's room, and while it is short: what is dropped or freed counts at once. */
const roomEveryMs = 5_000;
const shortRoomEveryMs = 1_000;

export type RunAgentOptions = {
  readonly log: Log;
  /** Ends the recording. */
  readonly signal: AbortSignal;
  /** Ends the last sending, too; one that is aborted when the last sending begins does not count. */
  readonly hurry: AbortSignal;
  /** Asked when the recording has ended; true: another agent begins at once, which sends what waits. */
  readonly isAgain: () => boolean;
  /** The run to begin with; null: none; not given: as the configuration says. */
  readonly first?: FirstRun | null;
  /** Told when that run has begun, or when none is to begin: from then on the recorder says what goes on. */
  readonly onBegun?: () => void;
};

/** What an agent records that takes over from another. */
export type FirstRun = { readonly session: SessionTemplate; readonly paused: boolean };

/**
 * Runs until the signal aborts or the cameras end, then sends what it can within 10 s. Resolves with the figures.
 * @throws DiskFailure when only a new start helps the store: the car stands, and nothing more can be kept or booked by this process.
 */
export async function runAgent(agent: Agent, options: RunAgentOptions): Promise<Summary> {
  const { givenUp } = agent.store;
  try {
    return await live(agent, { ...options, signal: AbortSignal.any([options.signal, givenUp]) });
  } catch (cause) {
    // What failed after it failed because of it.
    givenUp.throwIfAborted();
    throw cause;
  }
}

async function live(agent: Agent, options: RunAgentOptions): Promise<Summary> {
  const { log, signal, hurry, isAgain } = options;
  const { recorder, link, clock, config } = agent;
  const background = new AbortController();
  const sending = keepSending(agent, { log, signal: background.signal });
  const noticing = agent.sending.follow(background.signal, () => link?.link.retryNow());
  const ingesting = agent.ingester.follow(background.signal);
  const showing = agent.presence.follow(background.signal);
  const serving = keepService(agent, {
    notifier: agent.notifier,
    describe: () => describeAgent(agent).join(" | "),
    log,
    isAgain,
    signal: background.signal,
  });
  const timing = agent.clockKeeper.follow(background.signal);
  const beating = beatHealth(agent, { log, signal: background.signal });
  link?.serve(agent);
  try {
    for (const { id, frames, output } of await recoverRuns(agent.store, clock)) {
      log.info({ run: id, frames }, "a run that was cut off is ended with what is on disk");
      if (output != null)
        log.warn({ run: id, output }, `its folder does not have it: outrider labels export -o ${output}`);
    }
    const usual = config.record.autostart ? { session: config.session, paused: false } : null;
    const { first = usual } = options;
    if (first !== null && !signal.aborted) {
      await recorder.start(first.session);
      if (first.paused) await recorder.pause();
    }
    options.onBegun?.();
    await followWithRoom(agent, { log, signal });
  } finally {
    background.abort();
    await sending;
    await noticing;
    await ingesting;
    await showing;
    await beating;
    await timing;
    await serving;
  }
  agent.store.givenUp.throwIfAborted();
  if (!isAgain()) await sendTheRest(agent, { log, hurry });
  await link?.close();
  return agent.figures();
}

/**
 * Follows gamepad and cameras, recording and watching, and keeps the store within its room meanwhile; sends nothing. Ends when the
 * cameras of both ended; when one fails, the other ends, too.
 */
export async function followWithRoom(
  agent: Pick<Agent, "recorder" | "watcher" | "retention" | "clock" | "store" | "targets">,
  { log, signal }: { log: Log; signal: AbortSignal },
): Promise<void> {
  const background = new AbortController();
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const keeping = keepRoom(agent, { log, signal: background.signal });
  try {
    const parts = [agent.recorder.follow(both), agent.watcher?.follow(both)].map((part) =>
      part?.catch((cause: unknown) => {
        failed.abort(cause);
        throw cause;
      }),
    );
    const ends = await Promise.allSettled(parts);
    for (const each of ends) if (each.status === "rejected") throw each.reason;
  } finally {
    background.abort();
    await keeping;
  }
}

/** Looks at the store's room again and again; a look that fails is not the last. */
async function keepRoom(
  agent: Pick<Agent, "retention" | "clock" | "store" | "targets">,
  { log, signal }: { log: Log; signal: AbortSignal },
): Promise<void> {
  const { retention, clock } = agent;
  const tell = createPressureTeller(agent, log);
  let said: string | null = null;
  while (!signal.aborted) {
    try {
      await retention.check();
      await tell();
      said = null;
    } catch (cause) {
      // A disk may be full for days: it is said once.
      if (said !== (cause as Error).message)
        log.error({ cause }, "no room could be made in the store; tried again");
      said = (cause as Error).message;
    }
    const waitMs = retention.state().pressure === "none" ? roomEveryMs : shortRoomEveryMs;
    await clock.sleep(waitMs, signal).catch(() => undefined);
  }
}

/** Books what a target lacks that is new to the store, then sends what comes; a store that cannot book (a full disk) is tried again. */
async function keepSending(
  { drain, clock, store, targets }: Pick<Agent, "drain" | "clock" | "store" | "targets">,
  { log, signal }: { log: Log; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    try {
      // Before anything goes: a label whose picture nobody books for the new bucket would be refused.
      await enqueueMissing(store, targets.plan, { all: false, signal });
      await drain.run({ follow: true, signal });
    } catch (cause) {
      if (signal.aborted) return;
      log.error({ cause }, "what was sent could not be booked; it is tried again, and nothing is lost");
      await clock.sleep(retrySendingMs, signal).catch(() => undefined);
    }
  }
}

async function sendTheRest(
  { drain }: Pick<Agent, "drain">,
  { log, hurry }: { log: Log; hurry: AbortSignal },
): Promise<void> {
  const limit = deadline(lastSendMs);
  const limits = [limit.signal, ...(hurry.aborted ? [] : [hurry])];
  try {
    await drain.run({ follow: false, attempts: 2, signal: AbortSignal.any(limits) });
  } catch (cause) {
    log.error({ cause }, "what was sent could not be booked; it goes again at the next start");
  } finally {
    limit.clear();
  }
}
