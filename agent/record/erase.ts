// Erasing the last seconds: soft (the frames stay until retention takes them), undoable, and taken back from targets that have them.
import type { FrameRecord } from "../../device/frame.ts";
import type { Store } from "../../device/store/store.ts";
import type { DeliveryPlan } from "../deliveries.ts";
import { erasedSequences } from "./erased-sequences.ts";

/** Marks frames as erased, takes them out of the outbox, and books take-backs. Within one commit. Resolves with those that were not erased before, once on disk. */
export function eraseFrames(
  { store, plan }: { store: Store; plan: DeliveryPlan },
  { imgIds, nowUs }: { imgIds: readonly string[]; nowUs: number },
): Promise<{ readonly imgIds: readonly string[]; readonly labels: number }> {
  return store.commit(() => {
    const erased: FrameRecord[] = [];
    let labels = 0;
    for (const imgId of imgIds) {
      const frame = store.frames.get(imgId);
      if (frame === null || frame.erasedAtUs !== null) continue;
      store.frames.update({ ...frame, erasedAtUs: nowUs });
      const count = withdrawFrame(store, plan, frame);
      recountEndedRun(store, frame.run, { frames: -1, labels: -count });
      labels += count;
      erased.push(frame);
    }
    if (erased.length > 0) {
      for (const { id } of erasedSequences(store, erased)) withdrawSequence(store, plan, id);
      store.counters.add("erased", erased.length);
      store.journal.write("erase", {
        frames: erased.length,
        first: erased[0]!.imgId,
        last: erased.at(-1)!.imgId,
      });
    }
    return { imgIds: erased.map(({ imgId }) => imgId), labels };
  });
}

/** Makes erased frames count again and sends them again. Resolves with their number, once on disk. */
export function restoreFrames(
  { store, plan }: { store: Store; plan: DeliveryPlan },
  imgIds: readonly string[],
): Promise<{ readonly frames: number; readonly labels: number }> {
  return store.commit(() => {
    let restored = 0;
    let labels = 0;
    const frames = [...new Set(imgIds)].flatMap((imgId) => store.frames.get(imgId) ?? []);
    const sequences = erasedSequences(store, frames);
    for (const frame of frames) {
      const { imgId } = frame;
      if (frame.erasedAtUs === null) continue;
      const back: FrameRecord = { ...frame, erasedAtUs: null };
      store.frames.update(back);
      const documents = store.labels.ofFrame(imgId);
      labels += documents.length;
      recountEndedRun(store, frame.run, { frames: 1, labels: documents.length });
      for (const draft of plan.ofFrame(back, documents))
        store.outbox.enqueue({ ...draft, notBeforeUs: null });
      restored += 1;
    }
    for (const sequence of sequences)
      for (const draft of plan.ofSequence(sequence)) store.outbox.enqueue(draft);
    store.counters.add("erased", -restored);
    store.journal.write("erase.undone", { frames: restored });
    return { frames: restored, labels };
  });
}

function withdrawFrame(store: Store, plan: DeliveryPlan, frame: FrameRecord): number {
  const { imgId } = frame;
  const takeBack = (kind: "picture" | "label", id: string): void => {
    for (const draft of plan.takeBack(kind, id, imgId, store.outbox.withdraw(kind, id)))
      store.outbox.enqueue(draft);
  };
  const documents = store.labels.ofFrame(imgId);
  for (const { label_fingerprint: fingerprint } of documents) takeBack("label", fingerprint);
  takeBack("picture", imgId);
  return documents.length;
}

/** Where it waits, or was refused, a part of it may be there already. */
function withdrawSequence({ outbox }: Store, plan: DeliveryPlan, id: string): void {
  const begun = plan.sequenceTargets.filter(
    (target) => outbox.isWaiting("sequence", id, target) || outbox.parkedFor("sequence", id, target) !== null,
  );
  const targets = new Set([...begun, ...outbox.withdraw("sequence", id)]);
  for (const draft of plan.takeBack("sequence", id, null, [...targets])) outbox.enqueue(draft);
}

/** The figures of a run that goes on are kept by its recorder and written when it ends. */
function recountEndedRun(store: Store, run: string | null, by: { frames: number; labels: number }): void {
  const record = run === null ? null : store.runs.get(run);
  if (record === null || record.endedAt === null) return;
  store.runs.put(record.id, {
    ...record,
    frames: record.frames + by.frames,
    labels: record.labels + by.labels,
  });
}
