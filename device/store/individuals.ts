// Individuals in the store, found by id or by the name a data set gives them. Aliases have a scope: "001" of one data set is not "001" of another.
import { createHash } from "node:crypto";
import { ulid } from "ulid";
import type { Alias, IndividualRecord } from "../individual.ts";
import type { StoreTables } from "./store-tables.ts";
import type { RangeOptions } from "./table.ts";

/** What is said of a new individual; what is left out is empty. */
export type IndividualDraft = Pick<IndividualRecord, "name"> &
  Partial<Pick<IndividualRecord, "aliases" | "species" | "tags" | "notes" | "status">>;

/** Changes are allowed within a commit only. */
export type Individuals = {
  readonly get: (id: string) => IndividualRecord | null;
  /** The one that stands for `id` today: itself, or what it was merged into. null: not there. */
  readonly standing: (id: string) => IndividualRecord | null;
  /** The one a data set calls so; never a merged one. */
  readonly byAlias: (alias: Alias) => IndividualRecord | null;
  /** @throws when an alias belongs to another one. */
  readonly add: (draft: IndividualDraft, nowUs: number) => IndividualRecord;
  /** The one a data set calls so (`draft.aliases[0]`), or a new one. */
  readonly ensure: (
    draft: IndividualDraft & { readonly aliases: readonly [Alias, ...Alias[]] },
    nowUs: number,
  ) => { readonly individual: IndividualRecord; readonly made: boolean };
  /** Replaces one that is there; its aliases point to it afterwards. @throws when an alias belongs to another one. */
  readonly update: (individual: IndividualRecord) => void;
  /** Puts back one that was removed, as it was. @throws when the id is taken, or an alias belongs to another one. */
  readonly restore: (individual: IndividualRecord) => void;
  /** Deletes the record and its aliases. false: it was not there. */
  readonly remove: (id: string) => boolean;
  /** All, also those that were merged, in order of their making; bounds are ids. */
  readonly range: (options?: RangeOptions<string>) => Iterable<IndividualRecord>;
};

/** How long a chain of merges may be before it is taken for a circle. */
const maxMerges = 1000;

export function createIndividuals({
  individuals,
  aliases,
}: Pick<StoreTables, "individuals" | "aliases">): Individuals {
  const standing = (id: string): IndividualRecord | null => {
    let found = individuals.get(id);
    for (let step = 0; found !== null && found.mergedInto !== null; step += 1) {
      if (step === maxMerges) throw new Error(`Individual ${id} was merged in a circle`);
      found = individuals.get(found.mergedInto);
    }
    return found;
  };
  const byAlias = (alias: Alias): IndividualRecord | null => {
    const id = aliases.get(aliasKey(alias));
    return id === null ? null : standing(id);
  };
  /** A merged one keeps its aliases in its record, as its history; they point to the one it was merged into. */
  const point = (individual: IndividualRecord): void => {
    if (individual.mergedInto !== null) return;
    for (const alias of individual.aliases) {
      const owner = byAlias(alias);
      if (owner !== null && owner.id !== individual.id)
        throw new Error(
          `Expected an alias of its own, but ${alias.value} of ${alias.scope} is ${owner.name} (${owner.id})`,
        );
      aliases.put(aliasKey(alias), individual.id);
    }
  };
  const add = (draft: IndividualDraft, nowUs: number): IndividualRecord => {
    const individual: IndividualRecord = {
      id: ulid(Math.floor(nowUs / 1000)),
      name: draft.name,
      aliases: draft.aliases ?? [],
      status: draft.status ?? "active",
      species: draft.species ?? null,
      tags: draft.tags ?? [],
      notes: draft.notes ?? "",
      createdAtUs: nowUs,
      updatedAtUs: nowUs,
      mergedInto: null,
    };
    individuals.put(individual.id, individual);
    point(individual);
    return individual;
  };
  const unpoint = (individual: IndividualRecord, kept: readonly Alias[]): void => {
    for (const alias of individual.aliases) {
      const isKept = kept.some(({ scope, value }) => scope === alias.scope && value === alias.value);
      if (!isKept && aliases.get(aliasKey(alias)) === individual.id) aliases.remove(aliasKey(alias));
    }
  };
  return {
    get: (id) => individuals.get(id),
    standing,
    byAlias,
    add,
    ensure: (draft, nowUs) => {
      const found = byAlias(draft.aliases[0]);
      return found === null
        ? { individual: add(draft, nowUs), made: true }
        : { individual: found, made: false };
    },
    update: (individual) => {
      const before = individuals.get(individual.id);
      if (before === null) throw new Error(`Expected an individual of the store, got ${individual.id}`);
      individuals.put(individual.id, individual);
      unpoint(before, individual.mergedInto === null ? individual.aliases : []);
      point(individual);
    },
    restore: (individual) => {
      if (individuals.has(individual.id))
        throw new Error(`Expected an individual that is gone, but ${individual.id} is in the store`);
      individuals.put(individual.id, individual);
      point(individual);
    },
    remove: (id) => {
      const before = individuals.get(id);
      if (before !== null) unpoint(before, []);
      return individuals.remove(id);
    },
    *range(options = {}) {
      for (const { value } of individuals.range(options)) yield value;
    },
  };
}

/** The key of an alias; hashed, for a data set may give names longer than a key may be. */
export function aliasKey({ scope, value }: Alias): [string, string] {
  return [scope, createHash("sha256").update(value).digest("hex")];
}
