// One command that a device takes: its name, what it says of itself, what it accepts, and what it does.
import type { z } from "zod";

/** Life: the dispatcher parses with `schema`, then calls `run` once. */
export type Command = {
  /** One level of a topic: lower-case letters. */
  readonly name: string;
  /** One sentence for `help`. */
  readonly summary: string;
  /** Parameters that work, for `help`. */
  readonly example: Readonly<Record<string, unknown>>;
  readonly schema: z.ZodType;
  /** `act` changes something: the same request acts once. `read` is answered anew every time. */
  readonly effect: "read" | "act";
  /** Values of `action` that are carried out each time they come, in a command that acts: those that only ask. */
  readonly repeatable?: readonly string[];
  /** Values of `action` that stop something that moves: carried out each time, and never kept waiting by other requests or by the disk. */
  readonly urgent?: readonly string[];
  /** @throws RemoteRefusal, or anything, which is answered as `failed`. */
  readonly run: (parameters: unknown, signal: AbortSignal) => Promise<unknown>;
};

/** Ties schema and function together while both types are known. */
export function command<S extends z.ZodType>(
  description: Omit<Command, "schema" | "run"> & {
    readonly schema: S;
    readonly run: (parameters: z.output<S>, signal: AbortSignal) => Promise<unknown>;
  },
): Command {
  return { ...description, run: (parameters, signal) => description.run(parameters as z.output<S>, signal) };
}

/** Whether what these (parsed) parameters ask for may be done again and again. */
export function isRepeatable(
  { effect, repeatable = [], urgent = [] }: Pick<Command, "effect" | "repeatable" | "urgent">,
  parameters: unknown,
): boolean {
  return effect === "read" || hasAction(parameters, [...repeatable, ...urgent]);
}

/** Whether what these (parsed) parameters ask for must not wait for anything. */
export function isUrgent({ urgent = [] }: Pick<Command, "urgent">, parameters: unknown): boolean {
  return hasAction(parameters, urgent);
}

function hasAction(parameters: unknown, actions: readonly string[]): boolean {
  const { action } = parameters as { readonly action?: unknown };
  return typeof action === "string" && actions.includes(action);
}
