// Sending, from afar: what waits for whom, pausing it for good, and another try for what was refused.
import { lanes } from "../../device/store/outbox.ts";
import type { Agent } from "../agent.ts";
import { retryParked } from "../retry-parked.ts";
import type { SyncHands } from "./hands.ts";

/** Refusals that `status` shows. */
const shownRefusals = 20;

export function createSyncHands(agent: Agent): SyncHands {
  const { drain, store, switches } = agent;
  return {
    now: async () => {
      drain.wake({ linkUp: true });
      const { delivered, waiting, failed } = agent.figures();
      return { delivered, waiting, failed };
    },
    pause: async () => {
      drain.pause();
      await switches.setSyncPaused(true);
    },
    resume: async () => {
      await switches.setSyncPaused(false);
      drain.resume();
    },
    status: async () => {
      const waiting = store.outbox.waiting();
      return {
        paused: drain.isPaused(),
        limits: drain.limits(),
        targets: drain.status().map((status) => ({
          ...status,
          waiting: Object.fromEntries(lanes.map((lane) => [lane, waiting[status.name]?.[lane].entries ?? 0])),
          waitingBytes: lanes.reduce((sum, lane) => sum + (waiting[status.name]?.[lane].bytes ?? 0), 0),
        })),
        parked: store.outbox
          .parked({ limit: shownRefusals })
          .map(({ entry: { target, kind, id }, reason }) => ({ target, kind, id, reason })),
      };
    },
    retry: async (target) => {
      const retried = await retryParked(store, target === null ? {} : { target });
      drain.wake();
      return retried;
    },
  };
}
