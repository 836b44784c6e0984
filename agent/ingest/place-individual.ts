// The individual that a data set names: the one it is known as here, or a new one.
import type { IndividualRecord } from "../../device/individual.ts";
import type { SourceSubject } from "../../sync/sources/source.ts";
import type { Ground } from "./place.ts";

export type EnsuredIndividual = { readonly id: string; readonly made: boolean; readonly changed: boolean };

/** Within a commit. null: the data set does not know who it is. A name that a person gave stays. */
export function ensureIndividual(
  { individual: named, species }: SourceSubject,
  { store, nowUs }: { store: Ground; nowUs: number },
): EnsuredIndividual | null {
  if (named === null || named === undefined) return null;
  const alias = { scope: named.scope, value: named.identity };
  const { individual, made } = store.individuals.ensure(
    { name: named.name, aliases: [alias], species, tags: named.tags, notes: named.notes },
    nowUs,
  );
  if (made) return { id: individual.id, made, changed: false };
  const missing = named.tags.filter((tag) => !individual.tags.includes(tag));
  if (missing.length === 0 && (species === null || individual.species !== null))
    return { id: individual.id, made, changed: false };
  const next: IndividualRecord = {
    ...individual,
    species: individual.species ?? species,
    tags: [...individual.tags, ...missing],
    updatedAtUs: nowUs,
  };
  store.individuals.update(next);
  return { id: individual.id, made, changed: true };
}
