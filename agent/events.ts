// Events: what happened, for whoever listens over MQTT; kept in the outbox until the broker has them.
import { ulid } from "ulid";
import type { Clock } from "../device/clock.ts";
import { formatImageId } from "../device/image-id.ts";
import type { OutboxDraft } from "../device/store/outbox.ts";
import type { Store } from "../device/store/store.ts";
import type { DeliveryPlan } from "./deliveries.ts";

/** Says that something happened; resolves when it is on disk. `alert` goes before everything else. */
export type Emit = (
  type: string,
  body: Readonly<Record<string, unknown>>,
  options?: { alert?: boolean },
) => Promise<void>;

/** Makes the outbox entries of an event, for a commit that holds more than the event. */
export type DraftEvent = (
  type: string,
  body: Readonly<Record<string, unknown>>,
  options?: { alert?: boolean },
) => readonly OutboxDraft[];

export function createDraftEvent(deps: { plan: DeliveryPlan; clock: Clock }): DraftEvent {
  const { plan, clock } = deps;
  return (type, body, { alert = false } = {}) => {
    const at = clock.now();
    const id = ulid(Math.floor(at.wallUs / 1000));
    return plan.ofEvent({
      id,
      type,
      alert,
      body: { ...body, id, at: formatImageId(at.wallUs), monotonicNs: at.monotonicNs, bootId: at.bootId },
    });
  };
}

/** @param onEvent told at once, for a log or a status line; the outbox is not waited for. */
export function createEmit(deps: {
  store: Store;
  plan: DeliveryPlan;
  clock: Clock;
  onEvent?: (type: string, body: object) => void;
}): Emit {
  const { store, onEvent } = deps;
  const draftEvent = createDraftEvent(deps);
  return async (type, body, options = {}) => {
    onEvent?.(type, body);
    const drafts = draftEvent(type, body, options);
    if (drafts.length === 0) return;
    await store.commit(() => {
      for (const draft of drafts) store.outbox.enqueue(draft);
    });
  };
}
