// Undoing an act: every record gets back exactly what it had, unless somebody built on it since. An undo is an act and can be undone.
import type { IndividualRecord } from "../../device/individual.ts";
import type { Act, RecordChange } from "../../device/individual-act.ts";
import type { Store } from "../../device/store/store.ts";
import { type Actor, ActRefused, keepAct } from "./act.ts";

type Fields = Readonly<Record<string, unknown>>;

/** When it was changed last is no statement about an individual: a later change of another field stands in nobody's way. */
const timeField = "updatedAtUs";

/** Takes an act back. @param id not given: the newest act that is no undo and was not undone. @throws ActRefused */
export function undo({ store, by, nowUs }: Actor, id?: string): Promise<Act> {
  const atUs = nowUs();
  return store.commit(() => {
    const undone = id === undefined ? newestUndoable(store) : store.seen.acts.get(id);
    if (undone === null)
      throw new ActRefused(
        id === undefined ? "There is nothing to undo" : `Expected an act of the journal, got ${id}`,
      );
    const changes = [...undone.changes].reverse().map((change) => revert(store, undone, change));
    for (const { record, id: removed, after } of changes)
      if (record === "individual" && after === null) expectUnused(store, undone, removed);
    const summary = `undid ${undone.kind} ${undone.id}: ${undone.summary}`;
    return keepAct(store, { kind: "undo", by, atUs, summary, changes, undoes: undone.id });
  });
}

/** The undo that holds for an act today; null: it was not undone, or that was undone. */
export function undoOf(store: Store, id: string): Act | null {
  for (const { value } of store.seen.acts.range({ start: `${id}\0` })) {
    if (value.undoes === id && undoOf(store, value.id) === null) return value;
  }
  return null;
}

function newestUndoable(store: Store): Act | null {
  const undone = new Set<string>();
  for (const { value } of store.seen.acts.range({ reverse: true })) {
    if (value.kind === "undo") {
      if (!undone.has(value.id)) undone.add(value.undoes!);
    } else if (!undone.has(value.id)) return value;
  }
  return null;
}

/** Puts one record back and says what that changed. @throws ActRefused when it is no longer as the act left it. */
function revert(store: Store, undone: Act, change: RecordChange): RecordChange {
  const { record, id, before, after } = change;
  const current = (
    record === "sighting" ? store.sightings.get(id) : store.individuals.get(id)
  ) as Fields | null;
  if (current === null && after === null) {
    store.individuals.restore(before as unknown as IndividualRecord);
    return { record, id, before: null, after: before };
  }
  if (current === null || after === null)
    throw refusal(store, undone, change, current === null ? "is gone" : "is there again");
  const moved = Object.keys(after).filter(
    (name) => name !== timeField && !isSame(current[name], after[name]),
  );
  if (moved.length > 0) throw refusal(store, undone, change, `has another ${moved.join(", ")} since`);
  if (before === null) {
    store.individuals.remove(id);
    return { record, id, before: current, after: null };
  }
  const hasNewTime = timeField in after && !isSame(current[timeField], after[timeField]);
  const { [timeField]: _, ...withoutTime } = before;
  const fields = hasNewTime ? withoutTime : before;
  const restored = { ...current, ...fields };
  if (record === "sighting") store.sightings.update(restored as never);
  else store.individuals.update(restored as never);
  const replaced = Object.fromEntries(Object.keys(fields).map((name) => [name, current[name]]));
  return { record, id, before: replaced, after: fields };
}

/** An individual that goes must leave nobody behind. */
function expectUnused(store: Store, undone: Act, id: string): void {
  const [sighting] = store.sightings.of("individual", id);
  if (sighting !== undefined)
    throw refusal(store, undone, { record: "sighting", id: sighting.id }, `belongs to ${id} since`);
}

/** Says who built on it: the newest later act that touched the same record. */
function refusal(
  store: Store,
  undone: Act,
  { record, id }: Pick<RecordChange, "record" | "id">,
  problem: string,
): ActRefused {
  for (const { value: later } of store.seen.acts.range({ reverse: true, end: undone.id })) {
    if (later.id === undone.id || !later.changes.some((each) => each.record === record && each.id === id))
      continue;
    return new ActRefused(
      later.undoes === undone.id
        ? `Act ${undone.id} was undone already, by ${later.by} in ${later.id}; undo that to have it back`
        : `Act ${undone.id} cannot be undone: ${record} ${id} ${problem}, by ${later.kind} ${later.id} of ${later.by} (${later.summary}); undo that first`,
    );
  }
  return new ActRefused(
    `Act ${undone.id} cannot be undone: ${record} ${id} ${problem}, and no person did that`,
  );
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
