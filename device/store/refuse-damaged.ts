// Keeps a damaged data file from lmdb, which would die of it: what leads to everything is looked at, then as many of the pages of keys
// as there is time for. It may be in use; then only what was seen of one and the same transaction counts.
import { statSync } from "node:fs";
import { openDataFile } from "./data-file.ts";
import { findDamage } from "./find-damage.ts";
import { rest } from "./remove-dead.ts";

/** lmdb must not open this data file. */
export class DamagedFile extends Error {
  override readonly name = "DamagedFile";
}

/** A writer that commits while we look may have used pages again that we were about to read: so often we look anew. */
const attempts = 3;
const pauseMs = 5;

/**
 * @param lookMs how long pages of keys are read; what leads to them is seen in any case, some 10 ms for a GB.
 * @throws DamagedFile
 */
export function refuseDamaged(path: string, lookMs: number): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0) return;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const transaction = transactionOf(path);
    const problems = look(path, lookMs);
    if (problems.length === 0) return;
    // Pages of a transaction are not used again before the next but one is committed.
    if (attempt > 0 && transactionOf(path) === transaction) throw new DamagedFile(describe(path, problems));
    rest(pauseMs);
  }
}

function look(path: string, lookMs: number): readonly string[] {
  const endMs = performance.now() + lookMs;
  const problems = findDamage(path, { thorough: false });
  const isOver = (): boolean => performance.now() > endMs;
  return problems.length > 0 || isOver() ? problems : findDamage(path, { thorough: true, isOver });
}

function transactionOf(path: string): number | null {
  const file = openDataFile(path);
  file.close();
  return file.meta?.transaction ?? null;
}

function describe(path: string, [first, ...others]: readonly string[]): string {
  return `${path} is damaged: ${first}${others.length === 0 ? "" : `, and ${others.length} more`}`;
}
