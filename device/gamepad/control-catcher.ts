// Finds out which control a person means by moving it: the one that went far from rest, when it is back at rest. Pure.

import { isHat } from "./input-codes.ts";
import type { ControlSource } from "./mapping.ts";
import type { RawInput } from "./raw-input.ts";

/** What is asked for: a button, a stick pushed right or down, a trigger pressed. */
export type WantedControl = "button" | "stick" | "trigger";

/** Waits for one control after the other. */
export type ControlCatcher = {
  /** Takes input; the control that was moved and let go, or null as long as there is none. */
  readonly push: (input: RawInput) => ControlSource | null;
  /** Begins with the next control; what is held now does not count. */
  readonly want: (wanted: WantedControl) => void;
};

const farShare = 0.6;
const restShare = 0.3;

type Axis = { readonly rest: -1 | 0 | 1; value: number };

/** Makes a catcher that first wants a button. */
export function createControlCatcher(): ControlCatcher {
  const axes = new Map<number, Axis>();
  const held = new Set<number>();
  let wanted: WantedControl = "button";
  let candidate: ControlSource | null = null;

  const distance = ({ rest, value }: Axis): number => value - rest;
  const moveAxis = (code: number, value: number): void => {
    const axis = axes.get(code);
    // The first movement of a control begins where it rests; what the kernel tells at open may be made up.
    if (axis === undefined)
      axes.set(code, { rest: isHat(code) ? 0 : value < -0.5 ? -1 : value > 0.5 ? 1 : 0, value });
    else axis.value = value;
    const moved = axes.get(code)!;
    // Triggers often press a button as well: where an axis is wanted, it wins over that button.
    const isFree = candidate === null || (wanted !== "button" && candidate.kind === "button");
    if (isFree && Math.abs(distance(moved)) > farShare * (moved.rest === 0 ? 1 : 2))
      candidate = sourceOf(code, moved, wanted);
  };
  const isAtRest = (): boolean =>
    held.size === 0 && [...axes.values()].every((axis) => Math.abs(distance(axis)) < restShare);

  return {
    push: (input) => {
      if (input.kind !== "changes") return null;
      for (const { kind, code, value } of input.changes) {
        if (kind === "axis") moveAxis(code, value);
        else if (value === 0) held.delete(code);
        else {
          held.add(code);
          candidate ??= { kind: "button", code };
        }
      }
      if (candidate === null || !isAtRest()) return null;
      const caught = candidate;
      candidate = null;
      return caught;
    },
    want: (next) => {
      wanted = next;
      candidate = null;
    },
  };
}

function sourceOf(code: number, axis: Axis, wanted: WantedControl): ControlSource {
  const direction = axis.value > axis.rest ? 1 : -1;
  // A control that rests in the middle has two halves; a button or trigger is one of them, a stick is both.
  if (axis.rest === 0 && wanted !== "stick") return { kind: "axis", code, from: 0, to: direction };
  return { kind: "axis", code, from: -direction, to: direction };
}
