// What is said of sequences over MQTT: that one began (an alert), how it goes on (now and then), that it is over.
import { formatImageId } from "../../device/image-id.ts";
import type { SequenceRecord } from "../../device/sequence.ts";
import type { OutboxDraft } from "../../device/store/outbox.ts";
import type { Store } from "../../device/store/store.ts";
import type { DraftEvent } from "../events.ts";

export type SequenceEvents = {
  readonly opened: (sequence: SequenceRecord) => readonly OutboxDraft[];
  /** None when the last word is fresh and still right. */
  readonly updated: (sequence: SequenceRecord, atNs: number) => readonly OutboxDraft[];
  readonly closed: (sequence: SequenceRecord) => readonly OutboxDraft[];
};

/** Least time between two updates of a sequence, in the time of its frames. */
const updateEveryNs = 5e9;
/** The same when it is somebody else than was said. */
const renameEveryNs = 1e9;

export function createSequenceEvents({
  draftEvent,
  store,
  onEvent,
}: {
  readonly draftEvent: DraftEvent;
  readonly store: Pick<Store, "individuals">;
  /** Told at once; the outbox is not waited for. */
  readonly onEvent: (type: string, body: object) => void;
}): SequenceEvents {
  const said = new Map<string, { readonly atNs: number; readonly individual: string | null }>();

  const draft = (type: string, sequence: SequenceRecord, alert = false): readonly OutboxDraft[] => {
    const body = bodyOf(sequence, store);
    onEvent(type, body);
    return draftEvent(type, body, { alert });
  };
  const remember = (sequence: SequenceRecord, atNs: number): void => {
    said.set(sequence.id, { atNs, individual: sequence.individual });
  };
  return {
    opened: (sequence) => {
      remember(sequence, sequence.openedAt.monotonicNs);
      return draft("sequence.opened", sequence, true);
    },
    updated: (sequence, atNs) => {
      const last = said.get(sequence.id);
      const restNs = last?.individual === sequence.individual ? updateEveryNs : renameEveryNs;
      if (last !== undefined && atNs - last.atNs < restNs) return [];
      remember(sequence, atNs);
      return draft("sequence.updated", sequence);
    },
    closed: (sequence) => {
      said.delete(sequence.id);
      return draft("sequence.closed", sequence);
    },
  };
}

/** A sequence as events tell it. Times are img_ids; the capture time is that of its frames, however late it is sent. */
export function bodyOf(
  sequence: SequenceRecord,
  store: Pick<Store, "individuals">,
): Readonly<Record<string, unknown>> {
  const { id, openedAt, closedAt, individual, ...rest } = sequence;
  return {
    sequence: id,
    ...rest,
    openedAt: formatImageId(openedAt.wallUs),
    closedAt: closedAt === null ? null : formatImageId(closedAt.wallUs),
    individual,
    individualName: individual === null ? null : (store.individuals.standing(individual)?.name ?? null),
  };
}
