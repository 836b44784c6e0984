// Whose failure it is when a web service does not take something: the link's or ours as a whole, this one thing's, or nobody knows.
import { LoginRefused } from "./clients/service-login.ts";
import type { SyncError } from "./errors.ts";

/** target: nothing goes now. thing: it takes others, not this. doubtful: its own fault, or one that this thing causes (HTTP 500). */
export type Blame = "target" | "thing" | "doubtful";

export function blameFor(error: SyncError): Blame {
  if (error instanceof LoginRefused || error.status === 401 || error.status === 403) return "target";
  if (error.kind === "permanent") return "thing";
  return error.status === 500 ? "doubtful" : "target";
}

/** A thing that meets HTTP 500 so often is what causes it. */
const mostDoubts = 4;

/** Counts doubtful failures by thing, in memory: a restart gives everything another chance. */
export type Doubts = {
  /** One more; true: it is to be given up. A part of a thing is `<thing>/<part>`. */
  readonly add: (thing: string) => boolean;
  /** It was something else: it begins anew. */
  readonly pardon: (thing: string) => void;
  /** It is settled, with all its parts. */
  readonly forget: (thing: string) => void;
};

export function createDoubts(): Doubts {
  const counts = new Map<string, number>();
  return {
    add: (thing) => {
      const count = (counts.get(thing) ?? 0) + 1;
      counts.set(thing, count);
      return count >= mostDoubts;
    },
    pardon: (thing) => {
      counts.delete(thing);
    },
    forget: (thing) => {
      for (const each of counts.keys())
        if (each === thing || each.startsWith(`${thing}/`)) counts.delete(each);
    },
  };
}
