// Which individual a person means: its id, its name, or the name a data set gives it.
import type { IndividualRecord } from "../../device/individual.ts";
import type { SightingRecord } from "../../device/sighting.ts";
import type { Store } from "../../device/store/store.ts";
import { ActRefused } from "./act.ts";

/** @param words an id, an exact name, or `scope/alias`. @throws ActRefused when nobody or more than one is meant. */
export function findIndividual(store: Pick<Store, "individuals">, words: string): IndividualRecord {
  const byId = store.individuals.standing(words);
  if (byId !== null) return byId;
  const slash = words.indexOf("/");
  const byAlias =
    slash < 1
      ? null
      : store.individuals.byAlias({ scope: words.slice(0, slash), value: words.slice(slash + 1) });
  if (byAlias !== null) return byAlias;
  const named = [...store.individuals.range()].filter(
    ({ name, mergedInto }) => mergedInto === null && name === words,
  );
  if (named.length > 1)
    throw new ActRefused(
      `Expected one individual, but ${named.length} are called ${words}: ${named.map(({ id }) => id).join(", ")}`,
    );
  if (named[0] === undefined)
    throw new ActRefused(`Expected the id, name or scope/alias of an individual, got ${words}`);
  return named[0];
}

/** @throws ActRefused */
export function findSighting(store: Pick<Store, "sightings">, id: string): SightingRecord {
  const found = store.sightings.get(id);
  if (found === null) throw new ActRefused(`Expected the id of a sighting, got ${id}`);
  return found;
}
