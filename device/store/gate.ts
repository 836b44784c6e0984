// One process at a time opens or closes an environment of lmdb. The last one that closes destroys the mutexes in lmdb's lock file;
// who opens in that very moment gets them destroyed, and so does everybody after it until all have left (lmdb-js 3.5: "No transaction
// to renew", "Attempting to setup locks"). lmdb has no lock against it, so there is one of our own around both.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { readBootId } from "../clock.ts";
import { identifySelf, textOf } from "./process-identity.ts";
import { isLinkDead, readLink, removeDead, rest, tryLink } from "./remove-dead.ts";

/** A link whose target says who is inside. */
export const gateName = "opening";

/** Who is inside for longer is stopped, or its disk is; waiting on would keep the agent from starting. */
const patienceMs = 10_000;
const pauseMs = 2;

/**
 * Waits until no other process opens or closes the environment of `directory`, and keeps them out; returns how to leave. It blocks the
 * thread, as opening an environment does. Never fails: where no gate can be made (no permission, a read-only or full disk), or who is
 * inside stays longer than `patience` ms, it goes on without.
 */
export function enterGate(directory: string, patience: number = patienceMs): () => void {
  const path = join(directory, gateName);
  const bootId = readBootId();
  const mine = textOf(identifySelf(bootId));
  const giveUpNs = process.hrtime.bigint() + BigInt(Math.round(patience * 1e6));
  try {
    do {
      if (tryLink(path, mine)) return leaveOnce(path, mine);
      if (readLink(path) === mine) return goOn; // This process closes one environment while it opens the next; within it lmdb keeps order.
      const isDead = (): boolean => isLinkDead(path, bootId);
      if (isDead()) removeDead(path, bootId, isDead);
      else rest(pauseMs);
    } while (process.hrtime.bigint() < giveUpNs);
  } catch {
    // No links here, or not for us.
  }
  return goOn;
}

const goOn = (): void => undefined;

function leaveOnce(path: string, mine: string): () => void {
  let left = false;
  return () => {
    if (left) return;
    left = true;
    try {
      if (readLink(path) === mine) rmSync(path, { force: true });
    } catch {
      // A disk that became read-only keeps the link; it names a process that will be gone.
    }
  };
}
