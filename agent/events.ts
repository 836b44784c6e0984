// Events: what happened, for whoever listens over MQTT; kept in the outbox until the broker has them.
import { ulid } from "ulid";
import type { Clock } from "../device/clock.ts";
import { formatImageId } from "../device/image-id.ts";
import type { Store } from "../device/store/store.ts";
import type { DeliveryPlan } from "./deliveries.ts";

/** Says that something happened; resolves when it is on disk. `alert` goes before everything else. */
export type Emit = (
  type: string,
  body: Readonly<Record<string, unknown>>,
  options?: { alert?: boolean },
) => Promise<void>;

/** @param onEvent told at once, for a log or a status line; the outbox is not waited for. */
export function createEmit(deps: {
  store: Store;
  plan: DeliveryPlan;
  clock: Clock;
  onEvent?: (type: string, body: object) => void;
}): Emit {
  const { store, plan, clock, onEvent } = deps;
  return async (type, body, { alert = false } = {}) => {
    onEvent?.(type, body);
    const at = clock.now();
    const id = ulid(Math.floor(at.wallUs / 1000));
    const event = {
      id,
      type,
      alert,
      body: { ...body, id, at: formatImageId(at.wallUs), monotonicNs: at.monotonicNs, bootId: at.bootId },
    };
    const drafts = plan.ofEvent(event);
    if (drafts.length === 0) return;
    await store.commit(() => {
      for (const draft of drafts) store.outbox.enqueue(draft);
    });
  };
}
