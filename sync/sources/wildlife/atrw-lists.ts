// ATRW's lists: reid_list_train.csv (tiger, file) and reid_list_test.csv (file), both without a header, and what else is known of those files.
import { join } from "node:path";
import { z } from "zod";
import { readJsonFile } from "../json-file.ts";
import { readRows } from "../list.ts";
import { isPictureName, type SourceFinding, type SourceOptions } from "../source.ts";
import { nameOf, type Tree, type TreeFolder } from "../tree.ts";
import { atrwTiger } from "./atrw-tiger.ts";
import { pictureOf, subjectOf } from "./fields.ts";

const listName = /^reid_list_(train|test)\.csv$/i;

/** Every list in the tree, each with the pictures it names. */
export async function* readAtrwLists(
  tree: Tree,
  folders: readonly TreeFolder[],
  options: SourceOptions,
): AsyncIterable<SourceFinding> {
  for (const folder of folders) {
    for (const name of folder.files) {
      const split = listName.exec(name)?.[1]?.toLowerCase();
      if (split === "train" || split === "test")
        yield* readList(tree, folders, { ...options, folder, name, split });
    }
  }
}

async function* readList(
  tree: Tree,
  folders: readonly TreeFolder[],
  given: SourceOptions & { folder: TreeFolder; name: string; split: "train" | "test" },
): AsyncIterable<SourceFinding> {
  const { folder, name, split, dataset, signal } = given;
  const list = join(folder.relativePath, name);
  const problems: SourceFinding[] = [];
  const facts = await readFacts(folders, { folder, split, problems });
  yield* problems;
  const places = [...picturePlaces(folders, folder, split), folder.path];
  try {
    for await (const { line, values } of readRows(join(folder.path, name), { header: false })) {
      signal.throwIfAborted();
      const cells = values.map((cell) => cell.trim());
      const file = split === "train" ? cells[1] : (cells.find(isPictureName) ?? cells[0]);
      if (file === undefined || !isPictureName(file)) {
        yield {
          found: "skipped",
          what: `${list}:${line}`,
          reason: `expected ${rule[split]}, got "${values.join(",")}"`,
        };
        continue;
      }
      const found = await tree.find(file, places);
      if ("refused" in found) {
        yield { found: "skipped", what: file, reason: `${found.refused} (${list}:${line})` };
        continue;
      }
      const truth = facts.truth.get(numberOf(file));
      const identity = split === "train" ? cells[0]! : (truth?.identity ?? null);
      yield pictureOf(found.file, [
        subjectOf({
          individual: identity === null || identity === "" ? null : atrwTiger(identity, dataset),
          species: "tiger",
          metadata: {
            dataset: "ATRW",
            tiger_id_dataset: identity,
            split,
            ...truth?.metadata,
            ...(facts.keypoints[file] === undefined ? {} : visibleKeypoints(facts.keypoints[file])),
          },
        }),
      ]);
    }
  } catch (cause) {
    signal.throwIfAborted();
    yield { found: "skipped", what: list, reason: (cause as Error).message };
  }
}

const rule = { train: "a row tiger,file", test: "a row with a file" } as const;

/** Folders that may hold the pictures of a list, the likeliest first: of the split's name, near the list. */
function picturePlaces(folders: readonly TreeFolder[], list: TreeFolder, split: string): readonly string[] {
  const named = folders.filter(
    (folder) => nameOf(folder).toLowerCase() === split && !/detection|pose/i.test(folder.relativePath),
  );
  const shared = (folder: TreeFolder): number => {
    const [one, other] = [folder.relativePath.split("/"), list.relativePath.split("/")];
    const end = one.findIndex((part, at) => part !== other[at]);
    return end === -1 ? one.length : end;
  };
  return named.sort((one, other) => shared(other) - shared(one)).map(({ path }) => path);
}

type Truth = { readonly identity: string; readonly metadata: Readonly<Record<string, unknown>> };
type Facts = {
  readonly keypoints: Readonly<Record<string, number[]>>;
  readonly truth: ReadonlyMap<number, Truth>;
};

/** 15 points of x, y and visibility (0 or 2) by file name. */
const keypointsSchema = z.record(z.string(), z.array(z.number()).length(45));
/** The organisers' answers to the test list; frame is video, camera and number in the video. */
const plainTruthSchema = z.array(
  z.looseObject({
    imgid: z.number().int(),
    entityid: z.union([z.number(), z.string()]),
    query: z.string().optional(),
    frame: z.array(z.union([z.number(), z.string()])).optional(),
  }),
);

/** Key points beside the list, and for the test list the answers, wherever in the tree they lie. */
async function readFacts(
  folders: readonly TreeFolder[],
  { folder, split, problems }: { folder: TreeFolder; split: "train" | "test"; problems: SourceFinding[] },
): Promise<Facts> {
  const read = async <T>(
    place: TreeFolder | undefined,
    name: string,
    schema: z.ZodType<T>,
  ): Promise<T | null> => {
    if (place === undefined) return null;
    try {
      return await readJsonFile(join(place.path, name), schema);
    } catch (cause) {
      problems.push({
        found: "skipped",
        what: join(place.relativePath, name),
        reason: `${(cause as Error).message}; the pictures come without what it says`,
      });
      return null;
    }
  };
  const keypointsName = `reid_keypoints_${split}.json`;
  const keypointsAt = folder.files.includes(keypointsName)
    ? folder
    : folders.find(({ files }) => files.includes(keypointsName));
  const truthAt =
    split === "test" ? folders.find(({ files }) => files.includes("gt_test_plain.json")) : undefined;
  const truth = new Map<number, Truth>();
  for (const { imgid, entityid, query, frame } of (await read(
    truthAt,
    "gt_test_plain.json",
    plainTruthSchema,
  )) ?? [])
    truth.set(imgid, {
      identity: String(entityid),
      metadata: {
        ...(query === undefined ? {} : { query }),
        ...(frame === undefined ? {} : { video: frame[0], camera: frame[1], frame_number: frame[2] }),
      },
    });
  return { keypoints: (await read(keypointsAt, keypointsName, keypointsSchema)) ?? {}, truth };
}

const keypointNames = [
  "left_ear",
  "right_ear",
  "nose",
  "right_shoulder",
  "right_front_paw",
  "left_shoulder",
  "left_front_paw",
  "right_hip",
  "right_knee",
  "right_back_paw",
  "left_hip",
  "left_knee",
  "left_back_paw",
  "tail",
  "center",
];

/** The points that can be seen, in pixels; those of all zeros cannot. */
function visibleKeypoints(numbers: readonly number[]): {
  keypoints: Record<string, readonly [number, number]>;
} {
  const seen = keypointNames.flatMap((name, at) => {
    const [x, y, visible] = numbers.slice(at * 3, at * 3 + 3) as [number, number, number];
    return visible > 0 ? [[name, [x, y]] as const] : [];
  });
  return { keypoints: Object.fromEntries(seen) };
}

/** "000123.jpg" is image 123 of the answers. */
function numberOf(file: string): number {
  return Number(/(\d+)\.\w+$/.exec(file)?.[1] ?? Number.NaN);
}
