// Lists name a picture once for every animal on it, here and there: gathered, so that each picture comes out once.
import type { SourcePicture, SourceSubject } from "../source.ts";
import type { TreeFile } from "../tree.ts";
import { pictureOf } from "./fields.ts";

export type PictureGatherer = {
  readonly add: (file: TreeFile, subject: SourceSubject | null, takenAtMs?: number | null) => void;
  /** In the order in which they were first named. */
  readonly pictures: () => Iterable<SourcePicture>;
  readonly size: () => number;
};

/** A gatherer for one data set; null as subject: a picture with nothing on it. */
export function createPictureGatherer(): PictureGatherer {
  const gathered = new Map<string, { file: TreeFile; subjects: SourceSubject[]; takenAtMs: number | null }>();
  return {
    add: (file, subject, takenAtMs = null) => {
      const known = gathered.get(file.path);
      const entry = known ?? { file, subjects: [], takenAtMs };
      if (subject !== null && !entry.subjects.some((each) => isSame(each, subject)))
        entry.subjects.push(subject);
      entry.takenAtMs ??= takenAtMs;
      if (known === undefined) gathered.set(file.path, entry);
    },
    *pictures() {
      for (const { file, subjects, takenAtMs } of gathered.values())
        yield pictureOf(file, subjects, takenAtMs);
    },
    size: () => gathered.size,
  };
}

/** A row given twice is one animal, not two. */
function isSame(one: SourceSubject, other: SourceSubject): boolean {
  return (
    one.individual?.identity === other.individual?.identity &&
    one.individual?.scope === other.individual?.scope &&
    one.className === other.className &&
    JSON.stringify(one.box) === JSON.stringify(other.box)
  );
}
