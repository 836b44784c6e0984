// `--sequence-list`: ids separated by commas or spaces, or the path of a file that holds such.
import { readFileSync } from "node:fs";

/** The ids, each once, in their order; null when nothing was given or something is wrong. */
export type SequenceList = { readonly ids: readonly number[] | null; readonly problem: string | null };

const separators = /[\s,]+/;

/** Reads the value of the option; not given: all sequences. */
export function readSequenceList(given: string | undefined): SequenceList {
  if (given === undefined) return { ids: null, problem: null };
  const isList = given.split(separators).some(isId);
  const words = isList ? given : readFile(given);
  if (words === null)
    return { ids: null, problem: `expected ids like 101,102 or a file of them, got "${given}"` };
  const all = words.split(separators).filter((word) => word !== "");
  const bad = all.filter((word) => !isId(word));
  if (bad.length > 0)
    return {
      ids: null,
      problem: `expected ids (whole numbers), got ${bad
        .slice(0, 5)
        .map((word) => `"${word.slice(0, 40)}"`)
        .join(", ")}`,
    };
  if (all.length === 0) return { ids: null, problem: "expected at least one id, got none" };
  return { ids: [...new Set(all.map(Number))], problem: null };
}

function isId(word: string): boolean {
  return /^\d{1,15}$/.test(word);
}

function readFile(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Said by the caller, which knows what else it could have been.
    return null;
  }
}
