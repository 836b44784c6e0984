// Requests that were carried out, kept in the store, so that one repeated after a restart does not act a second time.
import type { Store } from "../../device/store/store.ts";
import type { SeenRequest, SeenRequests } from "./seen.ts";

const noteName = "remote.requests";
const limit = 1000;

type Stored = readonly (readonly [key: string, seen: SeenRequest])[];

/** Opens the memory; it is read once and written with every request. */
export function openStoredRequests(store: Store): SeenRequests {
  const entries = new Map<string, SeenRequest>((store.notes.get(noteName) ?? []) as Stored);
  return {
    find: (key) => entries.get(key) ?? null,
    remember: async (key, seen) => {
      entries.delete(key);
      entries.set(key, seen);
      if (entries.size > limit) entries.delete(entries.keys().next().value!);
      await store.commit(() => store.notes.put(noteName, [...entries]));
    },
  };
}
