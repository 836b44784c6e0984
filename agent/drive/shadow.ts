// Shadow mode: while a person drives, the model looks at the same pictures, and where the two disagree is kept: figures of every run, marks
// in it, and the pictures they disagreed about most, so that these can be found and labelled again.
import type { CapturedFrame } from "../../device/frame.ts";
import type { Advised } from "./advisor.ts";
import type { Wheel } from "./wheel.ts";

/** A picture that person and model would steer by differently. */
export type Disagreement = {
  readonly imgId: string;
  /** 0..2 */
  readonly difference: number;
  /** −1..1 */
  readonly model: number;
  readonly person: number;
};

/** Of one run. JSON. */
export type ShadowFigures = {
  readonly model: string | null;
  /** Pictures that both had an opinion of. */
  readonly frames: number;
  /** null: there was none. */
  readonly meanDifference: number | null;
  /** Share of pictures with a difference beyond the threshold. */
  readonly shareBeyond: number | null;
  readonly threshold: number;
  /** The largest differences, the largest first, one of each few seconds at most. */
  readonly worst: readonly Disagreement[];
};

export type ShadowOptions = {
  readonly wheel: Pick<Wheel, "commandAt">;
  /** The name of a picture. */
  readonly nameOf: (frame: CapturedFrame) => string;
  /** Told of a disagreement beyond the threshold, the first of each few seconds. */
  readonly onDisagreement: (disagreement: Disagreement) => void;
};

export type Shadow = {
  readonly advise: (advised: Advised) => void;
  readonly figures: () => ShadowFigures;
  /** The figures until now; the next ones begin at nothing. */
  readonly takeFigures: () => ShadowFigures;
};

/** A quarter of the way from straight to full lock: half a class of the usual five. */
const threshold = 0.25;
const mostWorst = 5;
/** Pictures nearer to each other show the same bend, ns. */
const apartNs = 3e9;

type Seen = Disagreement & { readonly atNs: number };

export function createShadow({ wheel, nameOf, onDisagreement }: ShadowOptions): Shadow {
  let model: string | null = null;
  let [frames, sum, beyond] = [0, 0, 0];
  let worst: readonly Seen[] = [];
  let saidNs = Number.NEGATIVE_INFINITY;

  /** One of each stretch: its worst. */
  const remember = (seen: Seen): void => {
    const near = worst.find(({ atNs }) => Math.abs(atNs - seen.atNs) < apartNs);
    if (near !== undefined && near.difference >= seen.difference) return;
    worst = [...worst.filter((each) => each !== near), seen]
      .sort((a, b) => b.difference - a.difference)
      .slice(0, mostWorst);
  };
  const figures = (): ShadowFigures => ({
    model,
    frames,
    meanDifference: frames === 0 ? null : sum / frames,
    shareBeyond: frames === 0 ? null : beyond / frames,
    threshold,
    worst: worst.map(({ atNs: _, ...disagreement }) => disagreement),
  });
  return {
    advise: ({ frame, advice, model: by }) => {
      const atNs = frame.moment.monotonicNs;
      const commanded = wheel.commandAt(atNs);
      // Of a car that stands nobody knows where its driver looks.
      if (commanded === null || commanded.driver.kind === "model" || commanded.throttle === 0) return;
      const difference = Math.abs(advice.steering - commanded.steering);
      model = by;
      frames += 1;
      sum += difference;
      if (difference <= threshold) return;
      beyond += 1;
      const seen = {
        imgId: nameOf(frame),
        difference,
        model: advice.steering,
        person: commanded.steering,
        atNs,
      };
      remember(seen);
      if (atNs - saidNs < apartNs) return;
      saidNs = atNs;
      const { atNs: _, ...disagreement } = seen;
      onDisagreement(disagreement);
    },
    figures,
    takeFigures: () => {
      const taken = figures();
      [frames, sum, beyond] = [0, 0, 0];
      worst = [];
      return taken;
    },
  };
}
