// Requests that were carried out, kept in the store, so that one repeated after a restart does not act a second time.
import type { Store } from "../../device/store/store.ts";
import { createSeenRequests, type SeenRequestEntry, type SeenRequests } from "./seen.ts";

const noteName = "remote.requests";

/** Opens the memory; it is read once and written with every request. */
export function openStoredRequests(store: Store): SeenRequests {
  return createSeenRequests({
    earlier: (store.notes.get(noteName) ?? []) as readonly SeenRequestEntry[],
    keep: (entries) => store.commit(() => store.notes.put(noteName, entries)),
  });
}
