// Who an identity of ATRW is, in all its layouts.
import type { SourceIndividual } from "../source.ts";

/** A tiger of ATRW. The identities of its lists are flanks, which the authors tell apart as if they were animals. */
export function atrwTiger(identity: string, dataset: string): SourceIndividual {
  return {
    identity,
    scope: dataset,
    name: `ATRW Tiger ${identity}`,
    tags: ["ATRW"],
    notes: "Imported from ATRW",
  };
}
