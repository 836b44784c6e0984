// A recording session from the first run to the last: start, drive, stop, leave pictures and labels in the folder, again.
import type { Clock } from "../../device/clock.ts";
import type { SessionTemplate } from "../../device/label.ts";
import { describeSuperseded } from "../../device/labels-file.ts";
import type { RunRecord } from "../../device/run.ts";
import type { Agent } from "../agent.ts";
import { exportFolder, framesOfRun } from "../export-folder.ts";
import { consoleWords, describeWords } from "./console.ts";
import { recoverRuns } from "./recover.ts";
import type { Dialogue } from "./session-dialogue.ts";

export type RecordingOptions = {
  /** Opens the agent; the recording closes it. */
  readonly open: (onRunEnded: (run: RunRecord) => void) => Promise<Agent>;
  readonly clock: Clock;
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
  /** Age of the stick state at the exposure it labels, ms. */
  readonly labelSkewMs: { readonly p50: number | null; readonly p99: number | null };
};

/** Records until the person quits, the time is over, or the signal aborts; every run is in the folder when it resolves. */
export async function record(options: RecordingOptions): Promise<RecordingResult> {
  const { clock, directory, dialogue, say, signal } = options;
  const labelsFiles: string[] = [];
  const unreadable: string[] = [];
  let runs: RunRecord[] = [];
  let leaving: Promise<void> = Promise.resolve();
  const agent = await options.open((run) => {
    leaving = leaving.then(() => leave(run));
  });
  const leave = async (run: RunRecord): Promise<void> => {
    const { store } = agent;
    // Not with the signal: what was recorded is left in the folder also when the person is in a hurry.
    const never = new AbortController().signal;
    const left = await exportFolder({
      store,
      directory,
      frames: framesOfRun(store, run),
      wallUs: clock.now().wallUs,
      signal: never,
    });
    for (const each of left.superseded) say(describeSuperseded(each));
    if (left.labelsFile !== null) labelsFiles.push(left.labelsFile);
    unreadable.push(...left.unreadable);
    runs = [...runs, run];
    say(
      `run ended: ${run.frames} frames, ${run.labels} labels → ${left.labelsFile ?? `${directory} (no label: the car did not move)`}`,
    );
  };
  try {
    for (const run of await recoverRuns(agent.store, clock)) {
      say(
        `a run was cut off (event ${run.session.event}): ${run.frames} frames and ${run.labels} labels of it are safe`,
      );
      if (run.session.event === options.session.event) await leave(run);
    }
    const quit = new AbortController();
    const ends = [
      signal,
      quit.signal,
      ...(options.forMs === null ? [] : [AbortSignal.timeout(options.forMs)]),
    ];
    if (dialogue === null) await agent.recorder.start(options.session);
    else void converse(agent, options, dialogue).finally(() => quit.abort());
    await agent.recorder.follow(AbortSignal.any(ends));
    await leaving;
    const { dropped, labelSkewMs } = agent.recorder.state();
    return {
      runs: runs.length,
      frames: runs.reduce((sum, { frames }) => sum + frames, 0),
      labels: runs.reduce((sum, { labels }) => sum + labels, 0),
      directory,
      labelsFiles,
      failed: Object.values(dropped).reduce((sum, count) => sum + count, 0),
      unreadable,
      labelSkewMs,
    };
  } finally {
    await agent.close();
  }
}

/** Prompts until `q` or the end of input. */
async function converse(agent: Agent, { session, say }: RecordingOptions, { ask }: Dialogue): Promise<void> {
  const { recorder } = agent;
  say(`go = start, show = start and print each capture, q = quit; while it runs:\n${describeWords()}`);
  let showing: NodeJS.Timeout | null = null;
  for (;;) {
    const answer = await ask(recorder.state().run === null ? "go, show or q: " : "");
    if (answer === null || answer === "q") break;
    if (answer === "go" || answer === "show") {
      await recorder.start(session);
      if (answer === "show") showing ??= setInterval(() => say(describeNewest(agent)), 200);
    } else if (Object.hasOwn(consoleWords, answer)) say(await consoleWords[answer]!.act(recorder));
    else if (answer !== "")
      say(`Expected go, show, q, ${Object.keys(consoleWords).join(", ")}, got "${answer}"`);
  }
  if (showing !== null) clearInterval(showing);
}

function describeNewest(agent: Agent): string {
  const frame = agent.newestFrame();
  const label = frame === null ? undefined : agent.store.labels.ofFrame(frame.imgId)[0]?.label;
  const classes =
    label === undefined ? "no label" : `direction ${label.label_direction}, speed ${label.label_speed}`;
  return frame === null ? "no frame yet" : `${frame.imgId}  ${frame.size} bytes  ${classes}`;
}

/** The result for a person; the last line says it in numbers. */
export function describeRecording(result: RecordingResult): string {
  const { p50, p99 } = result.labelSkewMs;
  const skew =
    p50 === null || p99 === null ? [] : [`label skew: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`];
  const summary = `recorded ${result.frames} frames, ${result.labels} labels in ${result.runs} ${result.runs === 1 ? "run" : "runs"} → ${result.directory}; failed ${result.failed}`;
  return [...skew, summary].join("\n");
}
