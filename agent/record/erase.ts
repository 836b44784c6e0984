// Erasing the last seconds: soft (the frames stay until retention takes them), undoable, and taken back from targets that have them.
import type { FrameRecord } from "../../device/frame.ts";
import type { Store } from "../../device/store/store.ts";
import type { DeliveryPlan } from "../deliveries.ts";

/** Marks frames as erased, takes them out of the outbox, and books take-backs. Within one commit. Resolves with the frames, once on disk. */
export function eraseFrames(
  { store, plan }: { store: Store; plan: DeliveryPlan },
  find: { sinceNs: number; bootId: string; run: string; nowUs: number },
): Promise<{ readonly imgIds: readonly string[]; readonly labels: number }> {
  return store.commit(() => {
    const erased: string[] = [];
    let labels = 0;
    for (const frame of store.frames.range({ reverse: true })) {
      if (
        frame.moment.bootId !== find.bootId ||
        frame.run !== find.run ||
        frame.moment.monotonicNs < find.sinceNs
      )
        break;
      if (frame.erasedAtUs !== null) continue;
      store.frames.update({ ...frame, erasedAtUs: find.nowUs });
      labels += withdrawFrame(store, plan, frame);
      erased.push(frame.imgId);
    }
    if (erased.length > 0) {
      store.counters.add("erased", erased.length);
      store.journal.write("erase", { frames: erased.length, first: erased.at(-1), last: erased[0] });
    }
    return { imgIds: erased, labels };
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
    for (const imgId of imgIds) {
      const frame = store.frames.get(imgId);
      if (frame === null || frame.erasedAtUs === null) continue;
      const back: FrameRecord = { ...frame, erasedAtUs: null };
      store.frames.update(back);
      const documents = store.labels.ofFrame(imgId);
      labels += documents.length;
      for (const draft of plan.ofFrame(back, documents))
        store.outbox.enqueue({ ...draft, notBeforeUs: null });
      restored += 1;
    }
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
