// Tells when the store comes to another rung of its ladder: journal, log, and an alert with what was dropped so far, by reason.
import type { Log } from "../device/log.ts";
import type { Agent } from "./agent.ts";
import { createDraftEvent } from "./events.ts";

/** Tells of the rung the store stands on unless that was told last; what the disk does not take is told at the next call. */
export function createPressureTeller(
  { store, retention, targets, clock }: Pick<Agent, "store" | "retention" | "targets" | "clock">,
  log: Log,
): () => Promise<void> {
  const draftEvent = createDraftEvent({ plan: targets.plan, clock });
  let told = "none";
  return async () => {
    const { pressure, usedBytes, capacityBytes, mayCapture } = retention.state();
    if (pressure === told) return;
    const details = {
      from: told,
      to: pressure,
      usedBytes,
      capacityBytes,
      mayCapture,
      dropped: store.counters.list("dropped/"),
    };
    await store.commit(() => {
      store.journal.write("store.pressure", details);
      for (const draft of draftEvent("store.pressure", details, { alert: true })) store.outbox.enqueue(draft);
    });
    log.warn(details, `room in the store: ${told} → ${pressure}`);
    told = pressure;
  };
}
