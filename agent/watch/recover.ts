// Sequences that were open when the power went: they are closed at their newest frame, and that is said.
import type { SequenceRecord } from "../../device/sequence.ts";
import type { Store } from "../../device/store/store.ts";
import type { DeliveryPlan } from "../deliveries.ts";
import type { DraftEvent } from "../events.ts";
import { bodyOf } from "./sequence-events.ts";

/** How far back an open one is looked for, in sequences: those of a crash are the newest. */
const newest = 10_000;

/** Closes every open sequence. Call before the watcher begins. Resolves with those that were closed. */
export async function recoverSequences(
  store: Store,
  { draftEvent, plan }: { readonly draftEvent: DraftEvent; readonly plan: Pick<DeliveryPlan, "ofSequence"> },
): Promise<readonly SequenceRecord[]> {
  const open = [...store.seen.sequences.range({ reverse: true, limit: newest })]
    .map(({ value }) => value)
    .filter(({ closedAt }) => closedAt === null);
  if (open.length === 0) return [];
  const closed = open.map((sequence) => ({
    ...sequence,
    closedAt: store.frames.get(sequence.lastImgId)?.moment ?? sequence.openedAt,
  }));
  await store.commit(() => {
    for (const sequence of closed) {
      store.seen.sequences.put(sequence.id, sequence);
      for (const draft of draftEvent("sequence.closed", { ...bodyOf(sequence, store), recovered: true }))
        store.outbox.enqueue(draft);
      for (const draft of plan.ofSequence(sequence)) store.outbox.enqueue(draft);
    }
    store.journal.write("sequences.recovered", { sequences: closed.length });
  });
  return closed;
}
