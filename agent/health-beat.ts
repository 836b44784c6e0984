// The heartbeat: looks at health again and again, tells when it changes, and leaves its newest verdict in the store. Where nothing
// is recorded the verdict is what is committed, so that a disk that takes nothing any more is noticed within `health.commitMs`.
import type { Moment } from "../device/clock.ts";
import type { Log } from "../device/log.ts";
import type { Agent } from "./agent.ts";
import { type HealthProblem, type HealthSources, type HealthVerdict, judgeHealth } from "./health.ts";

/** Name of the note in the store. */
export const heartbeatNote = "heartbeat";

/** What a running agent last said of itself; `outrider doctor` reads it beside the agent. */
export type Heartbeat = {
  readonly at: Moment;
  readonly problems: readonly HealthProblem[];
  readonly warnings: readonly HealthProblem[];
};

/** Milliseconds between two looks. */
const lookEveryMs = 5_000;
/** The note is at most this old while the store works, ms. */
export const heartbeatMs = 60_000;
/** Looks that have to agree before a change is told: what lasts shorter is nobody's business. */
const looksToTell = 2;

/** Goes on until the signal aborts; never throws. */
export async function beatHealth(
  agent: HealthSources & Pick<Agent, "emit">,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  const { clock } = agent;
  const note = createNoteKeeper(agent, log);
  const tell = createTeller(agent, log);
  while (!signal.aborted) {
    await clock.sleep(lookEveryMs, signal).catch(() => undefined);
    if (signal.aborted) break;
    const verdict = judgeHealth(agent);
    note(verdict);
    tell(verdict);
  }
}

/** Writes the verdict when it is another one, when none was for long, and whenever nothing else was committed for long; waits for nothing. */
function createNoteKeeper(
  { store, clock, config }: HealthSources,
  log: Log,
): (verdict: HealthVerdict) => void {
  let notedNs = Number.NEGATIVE_INFINITY;
  let noted = "";
  let isWriting = false;
  return ({ problems, warnings }) => {
    const at = clock.now();
    const committedNs = store.commitStats().newestNs ?? Number.NEGATIVE_INFINITY;
    const verdict = JSON.stringify([problems, warnings].map((list) => list.map(wordsOf)));
    const isDue = verdict !== noted || (at.monotonicNs - notedNs) / 1e6 >= heartbeatMs;
    const isQuiet = (at.monotonicNs - committedNs) / 1e6 >= config.health.commitMs / 2;
    // A commit that hangs must not get company with every look.
    if (isWriting || !(isDue || isQuiet)) return;
    isWriting = true;
    const heartbeat: Heartbeat = { at, problems, warnings };
    store
      .commit(() => store.notes.put(heartbeatNote, heartbeat))
      .then(() => {
        notedNs = at.monotonicNs;
        noted = verdict;
      })
      .catch((cause: unknown) => log.debug({ cause }, "the heartbeat could not be written"))
      .finally(() => {
        isWriting = false;
      });
  };
}

/** Without how long it is so: that changes with every look. */
function wordsOf({ part, message }: HealthProblem): string {
  return `${part}: ${message}`;
}

/** Tells of parts that failed and of parts that recovered, once it is sure; as an alert when something is wrong. */
function createTeller({ emit }: Pick<Agent, "emit">, log: Log): (verdict: HealthVerdict) => void {
  let told = "";
  let seen = "";
  let agreed = 0;
  return ({ problems }) => {
    const parts = [...new Set(problems.map(({ part }) => part))].sort().join(", ");
    agreed = parts === seen ? agreed + 1 : 1;
    seen = parts;
    if (parts === told || agreed < looksToTell) return;
    told = parts;
    if (problems.length > 0) log.error({ problems }, `does not work: ${parts}`);
    else log.warn({}, "everything works again");
    emit("health.changed", { ok: problems.length === 0, problems }, { alert: true }).catch((cause: unknown) =>
      log.debug({ cause }, "a change of health could not be booked"),
    );
  };
}
