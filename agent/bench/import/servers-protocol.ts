// What a bench and the process of its contract servers say to each other: one JSON a line, an answer for each question, in order.
import type { PlainSequence } from "../contract-server/annotation/plain-state.ts";
import type { HumanChange } from "../contract-server/annotation/tables.ts";
import type { Behaviour } from "../contract-server/faults.ts";
import type { Filled, Season } from "../contract-server/platform/fill.ts";

/** What the process is started with. */
export type ServersPlan = {
  readonly season: Season;
  readonly annotation: Partial<Behaviour> & { readonly tokenUses?: number };
  readonly platform: Partial<Behaviour> & { readonly tokenUses?: number };
};

/** Its first line. */
export type ServersReady = {
  readonly annotation: { readonly url: string; readonly username: string; readonly password: string };
  readonly platform: {
    readonly url: string;
    readonly reader: Filled;
    readonly admin: { readonly login: string; readonly password: string };
  };
};

export type ServersQuestion =
  /** Answer: PlainSequence[]. */
  | { readonly ask: "state" }
  /** Answer: ServersCounts, since the last `fresh`. */
  | { readonly ask: "counts" }
  /** How both behave from now on. */
  | { readonly ask: "behave"; readonly change: Partial<Behaviour> }
  /** An empty annotation API in the place of the one there was; the platform stays. */
  | { readonly ask: "fresh" }
  /** A person puts a sequence into a stage. */
  | { readonly ask: "work"; readonly key: string; readonly stage: string }
  /** Says `tripped` once so many more requests have arrived at either. */
  | { readonly ask: "trip"; readonly requests: number };

export type ServersCounts = {
  /** Arrived at both since the start. */
  readonly requests: number;
  /** Carried out at the annotation API, and not mere reading. */
  readonly writes: number;
  /** How often each fault struck, at both. */
  readonly faults: Readonly<Record<string, number>>;
  readonly humanChanges: readonly HumanChange[];
};

export type ServersAnswer =
  | { readonly tripped: true }
  | { readonly answer: readonly PlainSequence[] | ServersCounts | null };
