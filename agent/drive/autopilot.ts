// A model drives: what it says of the newest picture goes to the wheel, under the same guard as a hand. A stick that is moved, a pause, a
// camera that stalls or a model that hangs stops it at once, and only a person starts it again.
import type { Clock } from "../../device/clock.ts";
import { type DriveCommand, localValidMs, neutralCommand } from "../../device/drive/drive.ts";
import type { Log } from "../../device/log.ts";
import type { SteeringAdvice } from "../../models/vision.ts";
import type { Advised, Advisor } from "./advisor.ts";
import type { Stick } from "./stick.ts";
import type { Wheel } from "./wheel.ts";

export type PilotState = "off" | "driving" | "paused" | "failed";

export type PilotReport = {
  readonly model: string | null;
  readonly state: PilotState;
  /** Why it does not drive although it was asked to; null: it drives, or nobody asked. */
  readonly reason: string | null;
};

export type AutopilotOptions = {
  readonly wheel: Wheel;
  readonly stick: Pick<Stick, "idleMs" | "movedNs" | "lostNs">;
  readonly advisor: Pick<Advisor, "use" | "intervalMs">;
  readonly clock: Clock;
  readonly log: Log;
  /** The most throttle a model may ask for, 0..1. */
  readonly throttle: number;
  /** Told of every change of what `report` says. */
  readonly onChange: (report: PilotReport) => void;
};

export type Autopilot = {
  /** A person lets this model drive, as soon as the car may move. @throws Error: no such model, too slow a camera, somebody drives. */
  readonly start: (model: string) => Promise<void>;
  /** Nobody wants it to drive any more. */
  readonly stop: () => Promise<void>;
  /** Until `resume`, whatever happens. */
  readonly pause: () => Promise<void>;
  /** A person lets it drive on, also after it failed or lost the wheel. @throws Error when none was started. */
  readonly resume: () => void;
  /** true: it would drive if it were asked for every picture. */
  readonly isWanted: () => boolean;
  readonly advise: (advised: Advised) => void;
  /** The model failed. */
  readonly fail: (cause: unknown) => void;
  readonly report: () => PilotReport;
};

/** Nobody has touched the stick for so long before a model takes the wheel, ms. */
const stickRestsMs = 2_000;
/** A car at this pace of pictures is blind for half a metre. */
const slowestMs = 200;
/** A command is in force for so many pictures, so that a lost one does not stop the car; never for longer than `mostValidMs`. */
const picturesInForce = 3;
const mostValidMs = 400;
/** However slow camera and model are: so long after the exposure a picture moves nothing any more. */
const mostBlindMs = 600;
/** Share of the throttle that is left at full lock, where the model's own speed is not to be trusted. */
const shareAtFullLock = 0.5;

export function createAutopilot(options: AutopilotOptions): Autopilot {
  const { wheel, stick, advisor, clock, log } = options;
  let model: string | null = null;
  let trustsSpeed = false;
  let isOn = false;
  /** Why it has to wait for a person; null: it need not. */
  let held: { readonly by: "asked" | "taken" | "failed"; readonly reason: string } | null = null;
  let waitingSinceNs = 0;
  let newest: { readonly command: DriveCommand; readonly frameNs: number } | null = null;
  let isArming = false;
  const drives = (): boolean => wheel.driver()?.kind === "model";
  const isWanted = (): boolean => isOn && held === null && wheel.forbidden() === null;
  const report = (): PilotReport => {
    if (!isOn) return { model: null, state: "off", reason: null };
    if (drives()) return { model, state: "driving", reason: null };
    const state = held?.by === "failed" ? "failed" : "paused";
    return {
      model,
      state,
      reason: held?.reason ?? wheel.forbidden() ?? "waits for a picture and a stick that is left alone",
    };
  };
  let told = JSON.stringify(report());
  const tell = (): void => {
    const now = report();
    const word = JSON.stringify(now);
    if (word === told) return;
    told = word;
    options.onChange(now);
  };
  const hold = (by: "asked" | "taken" | "failed", reason: string): void => {
    // Who asked for a rest has it until he says otherwise.
    if (held?.by !== "asked") held = { by, reason };
    tell();
  };
  const letGo = (): void => {
    held = null;
    waitingSinceNs = clock.monotonicNs();
    newest = null;
    tell();
  };
  const validMs = (): number =>
    Math.min(mostValidMs, Math.max(localValidMs, picturesInForce * (advisor.intervalMs() ?? 0)));
  const slowness = (): string | null => {
    const intervalMs = advisor.intervalMs();
    return intervalMs !== null && intervalMs > slowestMs
      ? `the camera gives a picture every ${Math.round(intervalMs)} ms; a model drives with one every ${slowestMs} ms or more often`
      : null;
  };
  const commandOf = ({ steering, throttle }: SteeringAdvice): DriveCommand => {
    const most = options.throttle;
    if (trustsSpeed && throttle !== null) return { steering, throttle: Math.min(most, throttle) };
    return { steering, throttle: most * (1 - (1 - shareAtFullLock) * Math.abs(steering)) };
  };
  /** What was seen last, while that is fresh enough to act upon. */
  const act = (): void => {
    if (newest === null || !drives()) return;
    const ageMs = (clock.monotonicNs() - newest.frameNs) / 1e6;
    // An old picture is as good as none: the command before it runs out.
    if (ageMs < validMs())
      wheel.command("model", newest.command, { validMs: Math.min(validMs(), mostBlindMs - ageMs) });
  };
  /** A person is at the stick, or a pad that could take over has gone: why it has to wait is held. */
  const isHeldByPad = (): boolean => {
    if (stick.lostNs() > waitingSinceNs) hold("failed", "the gamepad is gone");
    else if (stick.movedNs() > waitingSinceNs) hold("taken", "somebody drives with the stick");
    else return false;
    return true;
  };
  const arm = async (): Promise<void> => {
    isArming = true;
    try {
      if (!(await wheel.arm({ kind: "model", createdBy: model }))) return;
      if (!isWanted()) return await wheel.stop("the model was stopped while the car was arming");
      // A stick that is held still says nothing more, so it is looked at here.
      if (isHeldByPad()) return await wheel.stop("somebody took the stick while the car was arming");
      wheel.command("model", neutralCommand, { validMs: validMs() });
      act();
      tell();
    } finally {
      isArming = false;
    }
  };
  const stopDriving = async (reason: string): Promise<void> => {
    if (drives()) await wheel.stop(reason);
  };

  wheel.onChange((change) => {
    if (change.kind === "allowed" && held?.by !== "asked") letGo();
    if (!isOn) return;
    if (change.kind === "failSafe" && change.stop.driver?.kind === "model")
      hold("failed", change.stop.reason);
    // A pause of the run is over when the run goes on; another driver has the wheel until a person says otherwise.
    if (change.kind === "driver" && change.before?.kind === "model" && wheel.forbidden() === null)
      hold("taken", change.reason);
    tell();
  });

  return {
    start: async (id) => {
      if (stick.idleMs() < stickRestsMs)
        throw new Error("Expected the stick to be left alone for 2 s, but somebody drives");
      if (wheel.driver()?.kind === "remote")
        throw new Error("Expected nobody at the wheel, but somebody far away drives");
      const slow = slowness();
      if (slow !== null) throw new Error(`A model cannot drive: ${slow}`);
      const { manifest } = await advisor.use(id).catch((cause: unknown) => {
        // Another one that drives is not disturbed by it.
        if (!isOn) [isOn, model, held] = [true, id, { by: "failed", reason: wordsOf(cause) }];
        tell();
        throw cause;
      });
      if (drives() && model !== id) await wheel.stop(`${id} is to drive`);
      model = id;
      trustsSpeed = manifest.steering?.speed?.trusted ?? false;
      isOn = true;
      letGo();
    },
    stop: async () => {
      isOn = false;
      held = null;
      await stopDriving("the person drives");
      tell();
    },
    pause: async () => {
      if (!isOn) return;
      held = { by: "asked", reason: "paused" };
      await stopDriving("the model is paused");
      tell();
    },
    resume: () => {
      if (!isOn) throw new Error("Expected a model that was told to drive, got none");
      letGo();
    },
    isWanted,
    advise: ({ frame, advice, model: by }) => {
      if (!isWanted() || by !== model) return;
      newest = { command: commandOf(advice), frameNs: frame.moment.monotonicNs };
      if (drives()) return act();
      if (isArming || wheel.driver()?.kind === "remote") return;
      const slow = slowness();
      if (slow !== null) return hold("failed", slow);
      if (isHeldByPad()) return;
      if (stick.idleMs() < stickRestsMs) return;
      arm().catch((cause: unknown) => log.error({ cause }, "the car could not be stopped"));
    },
    fail: (cause) => {
      if (!isWanted()) return;
      const reason = wordsOf(cause);
      log.error({ cause, model }, "the model that drives failed");
      const wasDriving = drives();
      hold("failed", reason);
      if (wasDriving)
        wheel
          .failSafe("model", reason)
          .catch((failure: unknown) => log.error({ cause: failure }, "the car could not be stopped"));
    },
    report,
  };
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
