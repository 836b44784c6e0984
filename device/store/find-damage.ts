// Looks whether the data file can be given to lmdb: which believes every page number it reads, and dies of a wrong one.
import { createPageSet, type DataFile, openDataFile, type PageSet, walkTree } from "./data-file.ts";
import { type LeafNode, pageHeaderBytes } from "./data-page.ts";

/** true: every page of keys is read, in about the time of copying the records. false: only what leads to them, a hundredth of it. */
export type FindOptions = {
  readonly thorough: boolean;
  /** Asked at every page; true: the look ends there, and what it found so far counts. */
  readonly isOver?: () => boolean;
  /** Told of every value on a page of keys that is read. */
  readonly onNode?: (file: DataFile, node: LeafNode) => void;
};

/** What is wrong with a data file, for a person; none: its structure is sound. Values have seals of their own. */
export function findDamage(
  path: string,
  { thorough, isOver = () => false, onNode = () => undefined }: FindOptions,
): readonly string[] {
  const file = openDataFile(path);
  try {
    if (file.meta === null || file.isTorn) return [badBeginning];
    const seen = createPageSet(file.pages);
    const problems: string[] = [];
    const badIn = (what: string) => (page: number) => {
      if (problems.length < mostNamed) problems.push(`page ${page} (${what})`);
    };
    const main = { seen, onBad: badIn("list of tables"), leaves: true, isOver };
    for (const { key, value } of walkTree(file, file.meta.main, main)) {
      if (value.kind !== "tree") continue;
      const name = tableNameOf(key);
      const onBad = badIn(name);
      for (const node of walkTree(file, value.tree, { seen, onBad, leaves: thorough, isOver })) {
        if (node.value.kind === "overflow" && !hasRoom(file, node.value, seen)) onBad(node.value.page);
        else onNode(file, node);
        if (isOver()) break;
      }
    }
    // What is free is known only when all that is in use was seen.
    if (!isOver() && !isFreeListSound(file, seen, badIn("free pages")))
      problems.push("the list of free pages");
    return problems;
  } finally {
    file.close();
  }
}

/** What findDamage() says where hasBeginning() says no. */
export const badBeginning = "what begins the file is destroyed or torn, or points behind its end";

/** Whether the file begins as one of lmdb's does; a look that costs nothing. */
export function hasBeginning(path: string): boolean {
  const file = openDataFile(path);
  file.close();
  return !file.isTorn;
}

/** A file that is broken throughout needs no list. */
const mostNamed = 20;

/** The name of a table as it stands in the main tree, with a zero behind it. */
export function tableNameOf(key: Buffer): string {
  return key.toString("latin1").replace(/\0$/, "");
}

/** Whether the pages of a large value lie in the file, are as many as they should be, and belong to nobody else. */
function hasRoom(
  file: DataFile,
  { page, size, pages: said }: Extract<LeafNode["value"], { kind: "overflow" }>,
  seen: PageSet,
): boolean {
  const pages = Math.ceil((size + pageHeaderBytes) / file.pageBytes);
  if (!(page >= 2) || page + pages > file.pages) return false;
  // lmdb gives as many pages free as these two say, without asking whose they are.
  if (said !== pages || file.overflowPages(page) !== pages) return false;
  let isFree = true;
  for (let at = page; at < page + pages; at += 1) isFree = seen.add(at) && isFree;
  return isFree;
}

/** A page that is both free and in use would be written over. */
function isFreeListSound(file: DataFile, seen: PageSet, onBad: (page: number) => void): boolean {
  const { meta } = file;
  if (meta === null) return false;
  for (const node of walkTree(file, meta.free, { seen, onBad, leaves: true, numberKeys: true })) {
    const list = file.valueOf(node);
    if (list === null || list.length % 8 !== 0 || node.key.length !== 8) return false;
    // The first number counts the others. A negative one says how many pages in a row follow.
    for (let at = 8; at < list.length; at += 8) {
      const page = Number(list.readBigInt64LE(at));
      if (Math.abs(page) > meta.lastPage || (page >= 2 && page < file.pages && seen.has(page))) return false;
    }
  }
  return true;
}
