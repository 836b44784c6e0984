// Who keeps something of a table in memory hears which of its keys changed, once a commit is on disk and before it is acknowledged.
// What was rolled back is never told.
import type { Log } from "../log.ts";
import type { Key } from "./environment.ts";

/** Hears the keys that a commit put or removed, each once; what they hold now is in the table. */
export type Follower = (keys: readonly Key[]) => void;

export type Followers = {
  /** Returns how to stop hearing; may be called twice. */
  readonly follow: (table: string, follower: Follower) => () => void;
  /** A key is put or removed in the transaction under way. */
  readonly note: (table: string, key: Key) => void;
  /** A transaction begins. */
  readonly begin: () => void;
  /** It is on disk. */
  readonly confirm: () => void;
  /** It was rolled back. */
  readonly abandon: () => void;
};

export function createFollowers(log: Log): Followers {
  const followers = new Map<string, Set<Follower>>();
  /** Table → serialised key → key, of the transaction under way. */
  let changed = new Map<string, Map<string, Key>>();
  return {
    follow: (table, follower) => {
      const of = followers.get(table) ?? new Set<Follower>();
      followers.set(table, of.add(follower));
      return () => {
        of.delete(follower);
      };
    },
    note: (table, key) => {
      if ((followers.get(table)?.size ?? 0) === 0) return;
      const keys = changed.get(table) ?? new Map<string, Key>();
      changed.set(table, keys.set(JSON.stringify(key), key));
    },
    begin: () => {
      changed = new Map();
    },
    confirm: () => {
      const told = changed;
      changed = new Map();
      for (const [table, keys] of told) {
        for (const follower of followers.get(table) ?? []) {
          try {
            follower([...keys.values()]);
          } catch (cause) {
            // The commit stands whatever becomes of a copy in memory.
            log.error({ cause, table }, "a follower of the store failed");
          }
        }
      }
    },
    abandon: () => {
      changed = new Map();
    },
  };
}
