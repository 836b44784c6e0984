// How the last lives of a store's writer ended, in a small file beside it: a process that dies of its store cannot say so itself.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { replaceFile } from "../replace-file.ts";

export type Lives = {
  /** Starts in a row that did not live for a minute, the one under way included. */
  readonly early: number;
  /** Starts in a row that were not ended properly, the one under way included: killed, crashed, without power. */
  readonly unclean: number;
};

const fileName = "lives.json";
const none: Lives = { early: 0, unclean: 0 };

/** What is known of the lives before this one. A file that cannot be read says nothing. */
export function readLives(directory: string): Lives {
  try {
    const { early, unclean } = JSON.parse(readFileSync(join(directory, fileName), "utf8")) as Partial<Lives>;
    return { early: Number(early) || 0, unclean: Number(unclean) || 0 };
  } catch {
    return none; // Missing, or torn by the very power cut that it counts: the lock file tells of that.
  }
}

/** Another life begins. */
export function noteStart(directory: string, before: Lives): void {
  write(directory, { early: before.early + 1, unclean: before.unclean + 1 });
}

/** This life is no early death any more. */
export function noteSurvival(directory: string): void {
  write(directory, { ...readLives(directory), early: 0 });
}

/** This life ends properly. */
export function noteEnd(directory: string): void {
  try {
    rmSync(join(directory, fileName), { force: true });
  } catch (cause) {
    if (!isDiskTrouble(cause)) throw cause;
  }
}

function write(directory: string, lives: Lives): void {
  try {
    replaceFile(join(directory, fileName), JSON.stringify(lives));
  } catch (cause) {
    // A full or read-only disk must not keep the store closed; it then only is not known how this life ends.
    if (!isDiskTrouble(cause)) throw cause;
  }
}

function isDiskTrouble(cause: unknown): boolean {
  return ["ENOSPC", "EROFS", "EIO", "EDQUOT", "UNKNOWN"].includes(
    (cause as NodeJS.ErrnoException).code ?? "",
  );
}
