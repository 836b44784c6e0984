// The proof of driving from afar, played in one go: a real broker, the agent as a process of its own with the simulated car, and a driver
// at the other end of a link that is cut in mid-corner. Every step is measured on what the car recorded, and printed.
import { deadline } from "../../device/deadline.ts";
import { table } from "../remote-client/describe-answer.ts";
import { drive } from "../remote-client/drive/drive.ts";
import type { PanelState } from "../remote-client/drive/panel.ts";
import { openEyes } from "./remote-drive-eyes.ts";
import { createScriptedHand } from "./remote-drive-hand.ts";
import type { Places } from "./remote-drive-places.ts";
import type { Play } from "./remote-drive-play.ts";
import { openStage, type StageOptions } from "./remote-drive-stage.ts";
import { arrive, proofSteps } from "./remote-drive-steps.ts";

export type RemoteDriveOptions = StageOptions & {
  /** Told of every step as it ends. */
  readonly say: (text: string) => void;
};

export type ProofStep = {
  readonly step: string;
  readonly ok: boolean;
  /** Since the proof began, when the step ended. */
  readonly atS: number;
  /** What was measured, or what went wrong. */
  readonly said: string;
};

/** The proof holds when every step is ok. */
export type RemoteDriveProof = {
  readonly ok: boolean;
  readonly seed: number;
  readonly broker: string;
  readonly steps: readonly ProofStep[];
  /** Link cut to neutral, and to standing, ms; null: not reached. */
  readonly neutralMs: number | null;
  readonly standingMs: number | null;
  /** Frames recorded while the link was away. */
  readonly framesAway: number | null;
  readonly places: Places | null;
  readonly problems: readonly string[];
};

/** Longest that all of it may take, ms. */
const longestMs = 600_000;

export async function proveRemoteDrive(options: RemoteDriveOptions): Promise<RemoteDriveProof> {
  const { clock, log, say } = options;
  const limit = deadline(longestMs);
  const signal = AbortSignal.any([options.signal, limit.signal]);
  const startedNs = clock.monotonicNs();
  const steps: ProofStep[] = [];
  const record = (step: string, ok: boolean, said: string): void => {
    const atS = Math.round((clock.monotonicNs() - startedNs) / 1e8) / 10;
    steps.push({ step, ok, atS, said });
    say(`${ok ? "ok    " : "FAILED"}  ${step}: ${said}`);
  };
  const stage = await openStage({ ...options, signal });
  const leaving = new AbortController();
  const measured: Play["measured"] = {
    cutNs: 0,
    cutUs: 0,
    standingNs: 0,
    backNs: 0,
    neutralMs: null,
    standingMs: null,
    framesAway: null,
    places: null,
  };
  let driving: Promise<unknown> = Promise.resolve();
  let eyes: Play["eyes"] | null = null;
  try {
    record("a car on a broker", true, await arrive(stage, { clock, signal }));
    eyes = openEyes(stage.storeDirectory, { clock, log });
    const hand = createScriptedHand(eyes, clock);
    let panel: PanelState | null = null;
    const driven = drive(stage.client, {
      device: stage.device,
      gamepad: hand,
      hand: { kind: "keyboard", throttleLimit: 1 },
      clock,
      onState: (state) => {
        panel = state;
      },
      signal: AbortSignal.any([signal, leaving.signal]),
    });
    driving = driven;
    const leave = (): typeof driven => {
      leaving.abort();
      return driven;
    };
    const play: Play = { ...options, signal, stage, eyes, hand, panel: () => panel, leave, measured };
    for (const { step, act } of proofSteps) record(step, true, await act(play));
  } catch (error) {
    options.signal.throwIfAborted();
    const next = proofSteps[steps.length - 1]?.step ?? "a car on a broker";
    record(
      steps.length === 0 ? "a car on a broker" : next,
      false,
      stage.car.crash() ?? (error as Error).message,
    );
  } finally {
    leaving.abort();
    limit.clear();
    await driving.catch(() => undefined);
    await eyes?.close();
    await stage.close();
  }
  const problems = steps.filter(({ ok }) => !ok).map(({ step, said }) => `${step}: ${said}`);
  const { neutralMs, standingMs, framesAway, places } = measured;
  const figures = { neutralMs, standingMs, framesAway, places };
  return {
    ok: problems.length === 0,
    seed: options.seed,
    broker: stage.broker.name,
    steps,
    ...figures,
    problems,
  };
}

/** The proof for a person. */
export function describeRemoteDrive({
  steps,
  ok,
  seed,
  broker,
  neutralMs,
  framesAway,
  places,
}: RemoteDriveProof): string {
  const rows = steps.map((step) => [`${step.atS.toFixed(1)} s`, step.ok ? "ok" : "FAILED", step.step]);
  const lines = table(["at", "", "step"], rows);
  return [
    lines[0]!,
    ...steps.flatMap(({ said }, at) => [lines[at + 1]!, `                ${said}`]),
    "",
    ok
      ? `the proof holds (seed ${seed}, ${broker}): neutral ${Math.round(neutralMs!)} ms after the link was cut, ${framesAway} frames recorded while it was away, ${places!.stored} frames = ${places!.inBucket} objects, ${places!.labels} labels = ${places!.inIndex} documents, none missing, none twice`
      : `THE PROOF FAILS (seed ${seed}, ${broker})`,
  ].join("\n");
}
