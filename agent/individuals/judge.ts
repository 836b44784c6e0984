// What a person says of sightings: yes, it is this one; yes, but another one; no.
import type { Act } from "../../device/individual-act.ts";
import { type Actor, ActRefused, act } from "./act.ts";
import { findIndividual, findSighting } from "./find.ts";

/** Who it is: not given: the one that was suggested. */
export type Verdict = {
  /** Id, name or scope/alias. */
  readonly as?: string;
  /** Name of a new individual. */
  readonly newName?: string;
};

/** Confirms sightings; from now on they answer for their individual. @throws ActRefused */
export function verifySightings(actor: Actor, ids: readonly string[], verdict: Verdict = {}): Promise<Act> {
  const { store, by } = actor;
  if (verdict.as !== undefined && verdict.newName !== undefined)
    throw new ActRefused("Expected one of --as and --new, got both");
  return act(actor, (edit) => {
    const given =
      verdict.newName !== undefined
        ? edit.addIndividual({ name: verdict.newName })
        : verdict.as !== undefined
          ? findIndividual(store, verdict.as)
          : null;
    const names = new Set<string>();
    for (const id of ids) {
      const sighting = findSighting(store, id);
      if (given === null && sighting.individual === null)
        throw new ActRefused(
          `Nobody was suggested for ${id}: say who it is with --as INDIVIDUAL or --new NAME`,
        );
      const individual = given ?? findIndividual(store, sighting.individual!);
      names.add(individual.name);
      if (sighting.state === "verified" && sighting.individual === individual.id) continue;
      edit.sighting(id, { individual: individual.id, state: "verified", by, atUs: edit.atUs });
    }
    return { kind: "verify", summary: `${listed(ids)} verified as ${[...names].join(", ")}` };
  });
}

/** Says no: they answer for nobody, and stay on record with who was suggested. @throws ActRefused */
export function rejectSightings(actor: Actor, ids: readonly string[]): Promise<Act> {
  const { store, by } = actor;
  return act(actor, (edit) => {
    for (const id of ids) {
      if (findSighting(store, id).state === "rejected") continue;
      edit.sighting(id, { state: "rejected", by, atUs: edit.atUs });
    }
    return { kind: "reject", summary: `${listed(ids)} rejected` };
  });
}

function listed(ids: readonly string[]): string {
  return ids.length === 1 ? `sighting ${ids[0]}` : `${ids.length} sightings (${ids[0]}, …)`;
}
