// A recording session from the first run to the last: start, drive, stop, leave pictures and labels in the folder, again.

import { resolve } from "node:path";
import type { Clock } from "../../device/clock.ts";
import { deadline } from "../../device/deadline.ts";
import type { SessionTemplate } from "../../device/label.ts";
import { describeSuperseded } from "../../device/labels-file.ts";
import type { Log } from "../../device/log.ts";
import type { RunRecord } from "../../device/run.ts";
import type { Agent } from "../agent.ts";
import { type ExportResult, exportFolder, framesOfRun } from "../export-folder.ts";
import { followWithRoom } from "../run-agent.ts";
import { converse } from "./converse.ts";
import { recoverRuns } from "./recover.ts";
import type { Dialogue } from "./session-dialogue.ts";

export type RecordingOptions = {
  /** Opens the agent; the recording closes it. */
  readonly open: (onRunEnded: (run: RunRecord) => void) => Promise<Agent>;
  readonly clock: Clock;
  readonly log: Log;
  readonly session: SessionTemplate;
  /** Where pictures and labels are left. */
  readonly directory: string;
  /** One run of this length; null: until the signal, or as the dialogue says. */
  readonly forMs: number | null;
  /** null: nobody to ask; one run begins at once. */
  readonly dialogue: Dialogue | null;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
};

export type RecordingResult = {
  readonly runs: number;
  readonly frames: number;
  readonly labels: number;
  readonly directory: string;
  readonly labelsFiles: readonly string[];
  /** Frames that could not be kept. */
  readonly failed: number;
  /** Frames that are kept but could not be written into the folder. */
  readonly unreadable: readonly string[];
  /** Runs that are kept, but of which the folder has not everything, with the reason. */
  readonly notLeft: readonly { readonly run: string; readonly reason: string }[];
  /** Age of the stick state at the exposure it labels, ms. */
  readonly labelSkewMs: { readonly p50: number | null; readonly p99: number | null };
};

/** Records until the person quits, the time is over, or the signal aborts; every run is in the folder when it resolves. */
export async function record(options: RecordingOptions): Promise<RecordingResult> {
  const { clock, log, session, dialogue, say, signal } = options;
  const directory = resolve(options.directory);
  const left: { readonly run: RunRecord; readonly files: ExportResult | null }[] = [];
  const notLeft: { run: string; reason: string }[] = [];
  let leaving: Promise<void> = Promise.resolve();
  const agent = await options.open((run) => {
    leaving = leaving.then(() => leave(run));
  });
  /** Never rejects: what the folder does not take is safe in the store. */
  const leave = async (run: RunRecord): Promise<void> => {
    const output = run.output ?? directory;
    try {
      left.push({ run, files: await leaveRun(agent, run, { ...options, directory: output }) });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      left.push({ run, files: null });
      notLeft.push({ run: run.id, reason });
      say(
        `run ended: ${run.frames} frames, ${run.labels} labels, safe in the store; ${output} did not take them: ${reason}. outrider labels export -o DIR writes them elsewhere.`,
      );
    }
  };
  try {
    for (const run of await recoverRuns(agent.store, clock)) {
      say(
        `a run was cut off (event ${run.session.event}): ${run.frames} frames and ${run.labels} labels of it are safe`,
      );
      // A run of a store from before runs knew their folder: the same event went to the same one.
      const hasFolder = run.output === undefined ? run.session.event === session.event : run.output !== null;
      if (hasFolder) await leave(run);
    }
    const quit = new AbortController();
    const limit = options.forMs === null ? null : deadline(options.forMs);
    const ends = [signal, quit.signal, ...(limit === null ? [] : [limit.signal])];
    if (dialogue === null) {
      if (!signal.aborted) await agent.recorder.start(session, directory);
    } else
      converse(agent, { session, output: directory }, { ...dialogue, settled: () => leaving })
        // Ctrl-C ends the conversation by a throw; the recording ends by the signal.
        .catch((cause: unknown) => signal.aborted || log.error({ cause }, "the conversation failed"))
        .finally(() => quit.abort());
    await followWithRoom(agent, { log, signal: AbortSignal.any(ends) }).finally(() => limit?.clear());
    await leaving;
    const { dropped, labelSkewMs } = agent.recorder.state();
    return {
      runs: left.length,
      frames: left.reduce((sum, { run }) => sum + run.frames, 0),
      labels: left.reduce((sum, { run }) => sum + run.labels, 0),
      directory: options.directory,
      labelsFiles: left.flatMap(({ files }) => files?.labelsFile ?? []),
      failed: Object.values(dropped).reduce((sum, count) => sum + count, 0),
      unreadable: left.flatMap(({ files }) => [...(files?.unreadable ?? []), ...(files?.taken ?? [])]),
      notLeft,
      labelSkewMs,
    };
  } finally {
    await agent.close();
  }
}

/** Writes a run into the folder and says so. */
async function leaveRun(
  { store }: Agent,
  run: RunRecord,
  { directory, clock, say }: RecordingOptions,
): Promise<ExportResult> {
  const files = await exportFolder({
    store,
    directory,
    frames: framesOfRun(store, run),
    wallUs: clock.now().wallUs,
    // Not the session's: what was recorded is left in the folder also when the person is in a hurry.
    signal: new AbortController().signal,
  });
  for (const each of files.superseded) say(describeSuperseded(each));
  say(
    `run ended: ${run.frames} frames, ${run.labels} labels → ${files.labelsFile ?? `${directory} (no label: the car did not move)`}`,
  );
  return files;
}

/** The result for a person; the last line says it in numbers. */
export function describeRecording(result: RecordingResult): string {
  const { p50, p99 } = result.labelSkewMs;
  const skew =
    p50 === null || p99 === null ? [] : [`label skew: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`];
  const notLeft = result.notLeft.map(({ run, reason }) => `run ${run} is in the store only: ${reason}`);
  const summary = `recorded ${result.frames} frames, ${result.labels} labels in ${result.runs} ${result.runs === 1 ? "run" : "runs"} → ${result.directory}; failed ${result.failed + result.unreadable.length}`;
  return [...skew, ...notLeft, summary].join("\n");
}
