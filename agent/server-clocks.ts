// How far the clocks of servers are from ours, as they said when they refused a request for its time: one of the two is wrong, and
// mostly it is ours.
import type { Log } from "../device/log.ts";

export type ServerClocks = {
  /** A server's clock is so many ms ahead of ours. */
  readonly note: (server: string, offsetMs: number) => void;
  /** By server, ms. */
  readonly offsets: () => Readonly<Record<string, number>>;
  /** Told of an offset that is new, or another one than was told before. Returns how to stop that. */
  readonly onNews: (listener: (server: string, offsetMs: number) => void) => () => void;
};

/** Differences of delay are no news, ms. */
const newsMs = 60_000;

export function createServerClocks(log: Log): ServerClocks {
  const offsets = new Map<string, number>();
  const told = new Map<string, number>();
  const listeners = new Set<(server: string, offsetMs: number) => void>();
  return {
    note: (server, offsetMs) => {
      offsets.set(server, offsetMs);
      const before = told.get(server);
      if (before !== undefined && Math.abs(before - offsetMs) < newsMs) return;
      told.set(server, offsetMs);
      log.warn(
        { server, offsetS: Math.round(offsetMs / 1000) },
        "a server's clock and ours differ; requests are signed with its time from now on",
      );
      for (const listener of listeners) listener(server, offsetMs);
    },
    offsets: () => Object.fromEntries(offsets),
    onNews: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
