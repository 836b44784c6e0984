// The shards that are being sent to one target, kept until every picture of them is booked as delivered.
import { createHash } from "node:crypto";
import type { Store } from "../../device/store/store.ts";
import type { ShardPlan } from "./shard-plan.ts";

export type PlanBook = {
  readonly list: () => readonly ShardPlan[];
  /** Resolves when it is on disk. */
  readonly put: (plan: ShardPlan) => Promise<void>;
  readonly remove: (plan: ShardPlan) => Promise<void>;
};

/** The book among the notes of a store. @param target name of the target in the outbox */
export function createPlanBook(store: Pick<Store, "notes" | "commit">, target: string): PlanBook {
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 40);
  const prefix = `shard/${hash(target)}/`;
  return {
    list: () =>
      [...store.notes.range({ start: prefix, end: `${prefix}~` })].map(({ value }) => value as ShardPlan),
    put: (plan) => store.commit(() => store.notes.put(prefix + hash(plan.key), plan)),
    remove: (plan) => store.commit(() => void store.notes.remove(prefix + hash(plan.key))),
  };
}
