// Two were one, one was two, or the name was wrong: merging, splitting and editing individuals.
import type { Alias, IndividualRecord } from "../../device/individual.ts";
import type { Act } from "../../device/individual-act.ts";
import type { SightingRecord, SightingState } from "../../device/sighting.ts";
import type { Store } from "../../device/store/store.ts";
import { type Actor, ActRefused, act } from "./act.ts";
import { findIndividual, findSighting } from "./find.ts";

/** What a merge would do. */
export type MergePlan = {
  /** The one that stays. */
  readonly into: IndividualRecord;
  /** Those that go into it. */
  readonly from: readonly IndividualRecord[];
  /** Sightings that move, by state. */
  readonly sightings: Readonly<Record<SightingState, number>>;
  /** Aliases that move. */
  readonly aliases: readonly Alias[];
  /** What speaks against it, in sentences; none: nothing. */
  readonly conflicts: readonly string[];
};

/** Looks at a merge without doing it. @throws ActRefused when one is not there, or is meant twice. */
export function planMerge(store: Store, into: string, others: readonly string[]): MergePlan {
  const target = findIndividual(store, into);
  const from = others.map((other) => findIndividual(store, other));
  const all = [target, ...from];
  const doubled = all.find(({ id }, at) => all.findIndex((other) => other.id === id) !== at);
  if (doubled !== undefined)
    throw new ActRefused(`Expected different individuals, got ${doubled.name} (${doubled.id}) twice`);
  const sightings = { suggested: 0, labelled: 0, verified: 0, rejected: 0 };
  for (const { id } of from)
    for (const { state } of store.sightings.of("individual", id)) sightings[state] += 1;
  return {
    into: target,
    from,
    sightings,
    aliases: from.flatMap(({ aliases }) => aliases),
    conflicts: conflictsOf(store, all),
  };
}

/** @param options.force merges in spite of conflicts. @throws ActRefused naming the conflicts. */
export function mergeIndividuals(
  actor: Actor,
  { into, others, force = false }: { into: string; others: readonly string[]; force?: boolean },
): Promise<Act> {
  const { store } = actor;
  return act(actor, (edit) => {
    const plan = planMerge(store, into, others);
    if (plan.conflicts.length > 0 && !force)
      throw new ActRefused(`Not merged (--force merges all the same): ${plan.conflicts.join("; ")}`);
    const { from, into: target } = plan;
    for (const { id } of from) {
      for (const sighting of [...store.sightings.of("individual", id)])
        edit.sighting(sighting.id, { individual: target.id });
      edit.individual(id, { mergedInto: target.id });
    }
    edit.individual(target.id, {
      aliases: unique([...target.aliases, ...plan.aliases], ({ scope, value }) => `${scope}\0${value}`),
      tags: unique(
        [target, ...from].flatMap(({ tags }) => tags),
        String,
      ),
      species: target.species ?? from.find(({ species }) => species !== null)?.species ?? null,
    });
    return { kind: "merge", summary: `${from.map(nameOf).join(", ")} merged into ${nameOf(target)}` };
  });
}

/** Moves some sightings of an individual to a new one. Its aliases stay. @throws ActRefused */
export function splitIndividual(
  actor: Actor,
  { from, sightings, name }: { from: string; sightings: readonly string[]; name?: string },
): Promise<Act> {
  const { store } = actor;
  return act(actor, (edit) => {
    const source = findIndividual(store, from);
    const moving = new Set(sightings);
    for (const id of moving) {
      const { individual } = findSighting(store, id);
      if (individual !== source.id)
        throw new ActRefused(
          `Expected sightings of ${nameOf(source)}, but ${id} is of ${individual ?? "nobody"}`,
        );
    }
    const staying = [...store.sightings.of("individual", source.id)].filter(({ id }) => !moving.has(id));
    if (staying.length === 0)
      throw new ActRefused(
        `Expected some sightings of ${nameOf(source)} to stay, got all of them; rename it instead`,
      );
    const made = edit.addIndividual({
      name: name ?? `${source.name} (2)`,
      species: source.species,
      tags: source.tags,
      notes: `Split from ${nameOf(source)}`,
    });
    for (const id of moving) edit.sighting(id, { individual: made.id });
    return {
      kind: "split",
      summary: `${moving.size} sighting(s) of ${nameOf(source)} split off as ${nameOf(made)}`,
    };
  });
}

/** Changes name, status, species or notes. @throws ActRefused */
export function editIndividual(
  actor: Actor,
  words: string,
  fields: Partial<Pick<IndividualRecord, "name" | "status" | "species" | "notes">>,
): Promise<Act> {
  return act(actor, (edit) => {
    const found = findIndividual(actor.store, words);
    edit.individual(found.id, fields);
    return fields.name === undefined
      ? { kind: "edit", summary: `${nameOf(found)}: ${Object.keys(fields).join(", ")} changed` }
      : { kind: "rename", summary: `${nameOf(found)} renamed to ${fields.name}` };
  });
}

/** What speaks against these being one. */
function conflictsOf(store: Store, all: readonly IndividualRecord[]): readonly string[] {
  const conflicts: string[] = [];
  const species = unique(
    all.flatMap((each) => each.species ?? []),
    String,
  );
  if (species.length > 1) conflicts.push(`they are of different species: ${species.join(", ")}`);
  const scopes = new Map<string, { readonly owner: string; readonly value: string }>();
  for (const { id, aliases } of all) {
    for (const { scope, value } of aliases) {
      const other = scopes.get(scope);
      if (other !== undefined && other.owner !== id)
        conflicts.push(`the data set ${scope} tells them apart: ${other.value} and ${value}`);
      scopes.set(scope, { owner: id, value });
    }
  }
  const together = seenTogether(store, all);
  if (together !== null)
    conflicts.push(`they were seen together on ${together.imgId} (${together.others.join(" and ")})`);
  return conflicts;
}

/** Two on one picture are two, unless one of them is only suggested or was rejected. */
function seenTogether(
  store: Store,
  all: readonly IndividualRecord[],
): { readonly imgId: string; readonly others: readonly string[] } | null {
  const frames = new Map<string, SightingRecord>();
  for (const { id } of all) {
    for (const sighting of store.sightings.of("individual", id)) {
      if (sighting.state === "suggested" || sighting.state === "rejected") continue;
      const other = frames.get(sighting.imgId);
      if (other !== undefined && other.individual !== id)
        return { imgId: sighting.imgId, others: [other.id, sighting.id] };
      frames.set(sighting.imgId, sighting);
    }
  }
  return null;
}

/** Name and id, for a person. */
export function nameOf({ name, id }: Pick<IndividualRecord, "name" | "id">): string {
  return `${name} (${id})`;
}

function unique<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}
