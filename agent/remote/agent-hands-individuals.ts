// Judging who was seen, from afar: the same acts as at the machine, by the agent, which holds the store.
import type { Agent } from "../agent.ts";
import { type Actor, ActRefused } from "../individuals/act.ts";
import { rejectSightings, verifySightings } from "../individuals/judge.ts";
import { listIndividuals, listSuggestions } from "../individuals/review.ts";
import { type IndividualHands, RemoteRefusal } from "./hands.ts";

export function createIndividualHands({ store, clock }: Pick<Agent, "store" | "clock">): IndividualHands {
  const actorOf = (by: string): Actor => ({ store, by, nowUs: () => clock.now().wallUs });
  return {
    list: async ({ suggested, text, limit, after }) =>
      refusing(async () => {
        const page = { limit, ...(after === undefined ? {} : { after }) };
        return suggested
          ? listSuggestions(store, page)
          : listIndividuals(store, { ...page, ...(text === undefined ? {} : { text }) });
      }),
    verify: (sightings, { as, newName, by }) =>
      refusing(async () => {
        const verdict = {
          ...(as === undefined ? {} : { as }),
          ...(newName === undefined ? {} : { newName }),
        };
        const { id, summary, changes } = await verifySightings(actorOf(by), sightings, verdict);
        return { act: id, summary, changes: changes.length };
      }),
    reject: (sightings, { by }) =>
      refusing(async () => {
        const { id, summary, changes } = await rejectSightings(actorOf(by), sightings);
        return { act: id, summary, changes: changes.length };
      }),
  };
}

async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof ActRefused) throw new RemoteRefusal("refused", cause.message, { cause });
    throw cause;
  }
}
