// Removes what a dead process left (its name on a lock or a gate), so that of many who find it only one does, and never what took its
// place. Looking and removing are two steps: who makes them holds a link of its own meanwhile, and one left by a process that was
// killed between the two is removed in the same way.
import { readlinkSync, rmSync, symlinkSync } from "node:fs";
import { identifySelf, identityOf, isAlive, textOf } from "./process-identity.ts";

/**
 * Removes `path` if `isDead` says that nobody is behind what lies there now. Does nothing while another process is about to, so look
 * again afterwards.
 * @param isDead looks at `path` anew.
 * @throws Error where no link can be made, or nothing be removed.
 */
export function removeDead(path: string, bootId: string, isDead: () => boolean): void {
  const claim = `${path}.removing`;
  if (!tryLink(claim, textOf(identifySelf(bootId)))) {
    const isClaimDead = (): boolean => isLinkDead(claim, bootId);
    if (isClaimDead()) removeDead(claim, bootId, isClaimDead);
    return;
  }
  try {
    if (isDead()) rmSync(path, { force: true });
  } finally {
    rmSync(claim, { force: true });
  }
}

/** Makes a link that says who is there: at one stroke, whole or not at all, and it takes no room on a full disk. false: one is there. */
export function tryLink(path: string, text: string): boolean {
  try {
    symlinkSync(text, path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw cause;
  }
}

/** null: none is there. A file of that name is none of ours, and is as good as somebody who never leaves: null, too. */
export function readLink(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EINVAL") return null;
    throw cause;
  }
}

/** Whether a link is there whose process is gone. */
export function isLinkDead(path: string, bootId: string): boolean {
  const text = readLink(path);
  return text !== null && !isAlive(identityOf(text), bootId);
}

/** Gives the thread's time to others, ms. */
export function rest(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
