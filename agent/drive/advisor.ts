// What a model would do with the wheel, picture by picture: it looks at the newest one and passes over those that came meanwhile.
import type { Camera } from "../../device/camera/camera.ts";
import type { CapturedFrame } from "../../device/frame.ts";
import type { Log } from "../../device/log.ts";
import { decodePicture, PictureError } from "../../models/picture.ts";
import type { Steerer, SteeringAdvice } from "../../models/vision.ts";
import { createTurns } from "../record/turns.ts";

/** A steering model and what runs it. */
export type OpenedSteerer = Pick<Steerer, "model" | "steer"> & {
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

/** What the model says of a picture. */
export type Advised = {
  readonly frame: CapturedFrame;
  readonly advice: SteeringAdvice;
  /** Its id. */
  readonly model: string;
};

export type AdvisorOptions = {
  /** @throws ModelError when there is no such model, it does not steer, or it cannot be opened. */
  readonly open: (model: string) => Promise<OpenedSteerer>;
  readonly log: Log;
};

export type AdvisorFollow = {
  readonly signal: AbortSignal;
  /** Nobody wants advice: no picture is looked at. */
  readonly isWanted: () => boolean;
  readonly onAdvice: (advised: Advised) => void;
  /** The model failed on a picture; it is tried again with the next one that is wanted. */
  readonly onProblem: (cause: unknown) => void;
};

/** Life: create → use a model → follow once → close. */
export type Advisor = {
  /** A camera of which every picture passes by here on its way. */
  readonly tap: (camera: Camera) => Camera;
  /** Opens a model, instead of another one; nothing when it is open. @throws what opening throws; the other one goes on then. */
  readonly use: (model: string) => Promise<OpenedSteerer["model"]>;
  /** Mean time between two pictures of late, ms; null: not known yet. */
  readonly intervalMs: () => number | null;
  readonly follow: (options: AdvisorFollow) => Promise<void>;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

/** Share of the newest interval in the mean: the last ten or so count. */
const newestShare = 0.1;
/** A camera that began anew says nothing by the gap before. */
const longestGapMs = 5_000;

export function createAdvisor({ open, log }: AdvisorOptions): Advisor {
  /** Models are opened and closed one after the other. */
  const inTurn = createTurns();
  let opened: OpenedSteerer | null = null;
  let isClosed = false;
  let newest: CapturedFrame | null = null;
  let wake = (): void => undefined;
  let lastNs: number | null = null;
  let intervalMs: number | null = null;

  const see = (frame: CapturedFrame): void => {
    const ns = frame.moment.monotonicNs;
    const gapMs = lastNs === null ? Number.NaN : (ns - lastNs) / 1e6;
    lastNs = ns;
    if (gapMs > 0 && gapMs < longestGapMs)
      intervalMs = intervalMs === null ? gapMs : intervalMs + newestShare * (gapMs - intervalMs);
    newest = frame;
    wake();
  };
  const look = async (
    frame: CapturedFrame,
    { signal, onAdvice, onProblem }: AdvisorFollow,
  ): Promise<void> => {
    const steerer = opened;
    if (steerer === null) return;
    try {
      const picture = await decodePicture(frame.bytes, { signal });
      const advice = await steerer.steer(picture, { signal });
      if (opened === steerer) onAdvice({ frame, advice, model: steerer.model.manifest.id });
    } catch (cause) {
      if (signal.aborted) return;
      // One damaged picture is the camera's; when no whole one comes, silence stops the car.
      if (cause instanceof PictureError) log.debug({ cause }, "a picture to steer by cannot be read");
      else onProblem(cause);
    }
  };

  return {
    tap: (camera) => ({
      ...camera,
      async *frames(signal) {
        for await (const frame of camera.frames(signal)) {
          see(frame);
          yield frame;
        }
      },
    }),
    use: (id) =>
      inTurn(async () => {
        if (isClosed) throw new Error("Expected an advisor that is open, got a closed one");
        if (opened !== null && opened.model.manifest.id === id) return opened.model;
        const next = await open(id);
        const before = opened;
        opened = next;
        await before?.close();
        return next.model;
      }),
    intervalMs: () => intervalMs,
    follow: async (options) => {
      const { signal, isWanted } = options;
      const onAbort = (): void => wake();
      signal.addEventListener("abort", onAbort, { once: true });
      while (!signal.aborted) {
        if (newest === null)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        const frame = newest;
        newest = null;
        if (frame !== null && !signal.aborted && isWanted()) await look(frame, options);
      }
      signal.removeEventListener("abort", onAbort);
    },
    close: () => {
      isClosed = true;
      return inTurn(async () => {
        const last = opened;
        opened = null;
        await last?.close();
      });
    },
  };
}
