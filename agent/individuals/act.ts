// Doing something to individuals and sightings: every change goes into one act, in one transaction, with what was before.
import { ulid } from "ulid";
import type { IndividualRecord } from "../../device/individual.ts";
import type { Act, ActKind, RecordChange } from "../../device/individual-act.ts";
import type { SightingRecord } from "../../device/sighting.ts";
import type { IndividualDraft } from "../../device/store/individuals.ts";
import type { Store } from "../../device/store/store.ts";

/** Who acts, on what, and when. */
export type Actor = {
  readonly store: Store;
  /** The person's name, for the record. */
  readonly by: string;
  readonly nowUs: () => number;
};

/** What was asked for cannot be done; the message says why and what would help. Nothing changed. */
export class ActRefused extends Error {
  override readonly name = "ActRefused";
}

/** Changes within one act; each is written at once and noted. */
export type Edit = {
  /** @throws ActRefused when it is not there. */
  readonly sighting: (id: string, fields: Partial<Omit<SightingRecord, "id">>) => void;
  /** The time of the change is noted by itself. @throws ActRefused when it is not there. */
  readonly individual: (id: string, fields: Partial<Omit<IndividualRecord, "id" | "updatedAtUs">>) => void;
  readonly addIndividual: (draft: IndividualDraft) => IndividualRecord;
  readonly atUs: number;
};

/** What an act says of itself beside its changes. */
export type ActDraft = { readonly kind: ActKind; readonly summary: string };

/**
 * Runs `change` and keeps its act, all or nothing; resolves when it is on disk.
 * @param change may run more than once, so it changes nothing but the store; returns what the act was.
 * @throws ActRefused when nothing changed.
 */
export function act({ store, by, nowUs }: Actor, change: (edit: Edit) => ActDraft): Promise<Act> {
  const atUs = nowUs();
  return store.commit(() => {
    const changes: RecordChange[] = [];
    const draft = change(createEdit(store, { changes, atUs }));
    if (changes.length === 0) throw new ActRefused(`Nothing to change: ${draft.summary} is so already`);
    return keepAct(store, { ...draft, by, atUs, changes, undoes: null });
  });
}

/** Keeps an act. Within a commit only. */
export function keepAct(store: Store, draft: Omit<Act, "id">): Act {
  const [newest] = store.seen.acts.keys({ reverse: true, limit: 1 });
  let id = ulid(Math.floor(draft.atUs / 1000));
  // Acts are in order even when the clock was set back or two fall into one millisecond.
  if (newest !== undefined && id <= newest) id = following(newest);
  const kept: Act = { id, ...draft };
  store.seen.acts.put(id, kept);
  return kept;
}

function createEdit(store: Store, deps: { readonly changes: RecordChange[]; readonly atUs: number }): Edit {
  const { changes, atUs } = deps;
  return {
    atUs,
    sighting: (id, fields) => {
      const found = store.sightings.get(id);
      if (found === null) throw new ActRefused(`Expected a sighting of the store, got ${id}`);
      const change = difference(found, fields);
      if (change === null) return;
      store.sightings.update({ ...found, ...fields });
      changes.push({ record: "sighting", id, ...change });
    },
    individual: (id, fields) => {
      const found = store.individuals.get(id);
      if (found === null) throw new ActRefused(`Expected an individual of the store, got ${id}`);
      if (difference(found, fields) === null) return;
      const timed = { ...fields, updatedAtUs: atUs };
      store.individuals.update({ ...found, ...timed });
      changes.push({ record: "individual", id, ...difference(found, timed)! });
    },
    addIndividual: (draft) => {
      const added = store.individuals.add(draft, atUs);
      changes.push({ record: "individual", id: added.id, before: null, after: added });
      return added;
    },
  };
}

/** The fields that differ, before and after; null: none. */
function difference<T extends object>(
  found: T,
  fields: Partial<T>,
): { before: Record<string, unknown>; after: Record<string, unknown> } | null {
  const names = (Object.keys(fields) as (keyof T & string)[]).filter(
    (name) => JSON.stringify(found[name]) !== JSON.stringify(fields[name]),
  );
  if (names.length === 0) return null;
  return {
    before: Object.fromEntries(names.map((name) => [name, found[name]])),
    after: Object.fromEntries(names.map((name) => [name, fields[name]])),
  };
}

const ulidDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** The ULID after this one. */
function following(id: string): string {
  const at = [...id].findLastIndex((digit) => digit !== "Z");
  const next = ulidDigits[ulidDigits.indexOf(id[at]!) + 1]!;
  return `${id.slice(0, at)}${next}${"0".repeat(id.length - at - 1)}`;
}
