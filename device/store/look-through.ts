// Looks through a data file that nobody writes to, as far as the time goes: its structure, then the seals of its values, pictures last.
// Without lmdb, which may die of a damaged file, and without changing anything.
import { DamagedValue, NewerValue, openBytes } from "./codec.ts";
import type { DataFile } from "./data-file.ts";
import type { LeafNode } from "./data-page.ts";
import { findDamage } from "./find-damage.ts";

export type FileLook = {
  /** Places that cannot be right, at most some of them; with any, lmdb must not open the file. */
  readonly problems: readonly string[];
  /** Values whose seal was looked at. */
  readonly values: number;
  /** Of those: broken. */
  readonly broken: number;
  /** false: the time was over before everything was seen. */
  readonly isWhole: boolean;
};

/** @param isOver asked again and again; the look ends when it says yes. @throws Error when the file cannot be read. */
export function lookThrough(path: string, isOver: () => boolean): FileLook {
  let values = 0;
  let broken = 0;
  const lookAt = (kind: LeafNode["value"]["kind"]) => (file: DataFile, node: LeafNode) => {
    if (node.value.kind !== kind) return;
    values += 1;
    const sealed = file.valueOf(node);
    if (sealed === null || !isSealed(sealed)) broken += 1;
  };
  const problems = findDamage(path, { thorough: true, isOver, onNode: lookAt("inline") });
  if (problems.length === 0) findDamage(path, { thorough: true, isOver, onNode: lookAt("overflow") });
  return { problems, values, broken, isWhole: !isOver() };
}

function isSealed(bytes: Buffer): boolean {
  try {
    openBytes(bytes);
    return true;
  } catch (cause) {
    if (!(cause instanceof DamagedValue)) throw cause;
    return cause instanceof NewerValue;
  }
}
