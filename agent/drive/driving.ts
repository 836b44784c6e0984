// Who may drive the car of an agent, put together: the wheel, the stick at the car, somebody far away, and a model.
import type { Camera } from "../../device/camera/camera.ts";
import type { Clock } from "../../device/clock.ts";
import type { CapturedFrame } from "../../device/frame.ts";
import type { Log } from "../../device/log.ts";
import type { Config } from "../config.ts";
import type { Devices } from "../devices.ts";
import type { Emit } from "../events.ts";
import type { DriveReport } from "../remote/drive-messages.ts";
import { type AdvisorOptions, createAdvisor } from "./advisor.ts";
import { announceWheel } from "./announce.ts";
import { type Autopilot, createAutopilot } from "./autopilot.ts";
import { openSteerer } from "./open-steerer.ts";
import { refusalOf } from "./remote-allowed.ts";
import { createRemoteDriver, type RemoteDriver } from "./remote-driver.ts";
import { reportDriving } from "./report.ts";
import { createShadow, type Disagreement, type ShadowFigures } from "./shadow.ts";
import { createStick, type Stick } from "./stick.ts";
import { createWheel, type Wheel } from "./wheel.ts";

/** Life: create → the recorder follows wheel and stick, and `follow` beside them → close, before the drive is closed. */
export type Driving = {
  readonly wheel: Wheel;
  readonly stick: Stick;
  readonly remote: RemoteDriver;
  readonly pilot: Autopilot;
  readonly report: () => DriveReport;
  /** The camera that a model drives by, as the recorder is to follow it. */
  readonly tap: (camera: Camera) => Camera;
  /** Lets the model look at what the tapped camera gives, until the signal aborts. */
  readonly follow: (signal: AbortSignal) => Promise<void>;
  /** How model and person agreed since this was last asked; null: the model does not look while a person drives. */
  readonly takeShadow: () => ShadowFigures | null;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

export type DrivingOptions = {
  readonly config: Config;
  readonly devices: Pick<Devices, "gamepad" | "drive">;
  readonly clock: Clock;
  readonly log: Log;
  readonly emit: Emit;
  /** The img_id of a frame. */
  readonly nameOf: (frame: CapturedFrame) => string;
  /** Told where model and person disagree. */
  readonly onDisagreement: (disagreement: Disagreement) => void;
  /** Not given: the models of the configuration. */
  readonly openModel?: AdvisorOptions["open"];
};

export function createDriving(options: DrivingOptions): Driving {
  const { config, devices, clock, log, emit } = options;
  const { gamepad, drive } = devices;
  const wheel = createWheel({ drive, clock, log });
  const stick = createStick({ gamepad, wheel, clock, log, throttleLimit: config.record.throttleLimit });
  const { throttleLimit, validMs, leaseMs } = config.drive.remote;
  const refusal = refusalOf(config);
  const remote = createRemoteDriver({ wheel, stick, clock, log, refusal, throttleLimit, validMs, leaseMs });
  const open = options.openModel ?? ((id) => openSteerer(config, id, { clock, log }));
  const advisor = createAdvisor({ open, log });
  const announcing = announceWheel(wheel, { log, emit });
  const throttle = config.drive.modelThrottle;
  const onChange = announcing.pilot;
  const pilot = createAutopilot({ wheel, stick, advisor, clock, log, throttle, onChange });
  const shadow = config.drive.shadow
    ? createShadow({ wheel, nameOf: options.nameOf, onDisagreement: options.onDisagreement })
    : null;

  /** A model that fails on every picture fails for one reason: it is said once, not 30 times a second. */
  let toldProblem: string | null = null;
  const onProblem = (cause: unknown): void => {
    const problem = cause instanceof Error ? cause.message : String(cause);
    if (problem !== toldProblem) log.warn({ cause }, "the model that looks at the road failed");
    toldProblem = problem;
    pilot.fail(cause);
  };
  /** What the configuration wants of a model from the start; that it cannot is told, and the person drives. */
  const begin = async (): Promise<void> => {
    const { model, pilot: wanted } = config.drive;
    const began = wanted === "model" ? pilot.start(model) : shadow === null ? null : advisor.use(model);
    await began?.catch((cause: unknown) => log.error({ cause, model }, "no model drives or looks on"));
  };
  return {
    wheel,
    stick,
    remote,
    pilot,
    report: () =>
      reportDriving({
        wheel,
        remote,
        pilot,
        applied: drive.state().applied,
        shadow: shadow?.figures() ?? null,
      }),
    tap: advisor.tap,
    follow: async (signal) => {
      const beginning = begin();
      await advisor.follow({
        signal,
        isWanted: () => pilot.isWanted() || (shadow !== null && wheel.driver() !== null),
        onAdvice: (advised) => {
          toldProblem = null;
          pilot.advise(advised);
          shadow?.advise(advised);
        },
        onProblem,
      });
      await beginning;
    },
    takeShadow: () => shadow?.takeFigures() ?? null,
    close: async () => {
      wheel.close();
      await advisor.close();
    },
  };
}
