// ATRW's whole frames of the wild test: several tigers on each, their boxes and identities in gt_test_wild.json.
import { join } from "node:path";
import { z } from "zod";
import { readJsonFile } from "../json-file.ts";
import { isPictureName, type SourceFinding, type SourceOptions } from "../source.ts";
import type { Tree, TreeFolder } from "../tree.ts";
import { atrwTiger } from "./atrw-tiger.ts";
import { boxOfCorners, pictureOf, subjectOf } from "./fields.ts";

const wildTruthName = "gt_test_wild.json";
const wildTruthSchema = z.record(
  z.string(),
  z.array(
    z.looseObject({
      bbox: z.array(z.number()),
      query: z.string().optional(),
      eid: z.union([z.number(), z.string()]),
      fid: z.unknown().optional(),
    }),
  ),
);

/** The frames in `atrw_detection_test/test`, with the tigers that the answers name on them. */
export async function* readAtrwScenes(
  tree: Tree,
  folders: readonly TreeFolder[],
  { dataset, signal }: SourceOptions,
): AsyncIterable<SourceFinding> {
  const scenes = folders.find(({ relativePath }) => /(^|\/)atrw_detection_test\/test$/i.test(relativePath));
  const truthAt = folders.find(({ files }) => files.includes(wildTruthName));
  if (scenes === undefined || truthAt === undefined) return;
  const truthFile = join(truthAt.relativePath, wildTruthName);
  let truth: z.output<typeof wildTruthSchema>;
  try {
    truth = await readJsonFile(join(truthAt.path, wildTruthName), wildTruthSchema);
  } catch (cause) {
    yield { found: "skipped", what: truthFile, reason: (cause as Error).message };
    return;
  }
  const byNumber = new Map(
    scenes.files.filter(isPictureName).map((name) => [Number.parseInt(name, 10), name]),
  );
  for (const [imgid, tigers] of Object.entries(truth)) {
    signal.throwIfAborted();
    const name = byNumber.get(Number(imgid));
    const found = name === undefined ? { refused: "not there" } : await tree.at(scenes, name);
    if ("refused" in found) {
      yield {
        found: "skipped",
        what: `${scenes.relativePath}/${name ?? imgid}`,
        reason: `${found.refused} (${truthFile})`,
      };
      continue;
    }
    yield pictureOf(
      found.file,
      tigers.map(({ bbox, query, eid }) =>
        subjectOf({
          individual: atrwTiger(String(eid), dataset),
          species: "tiger",
          className: "tiger",
          box: boxOfCorners(bbox),
          metadata: {
            dataset: "ATRW",
            tiger_id_dataset: String(eid),
            split: "test_wild",
            ...(query === undefined ? {} : { query }),
          },
        }),
      ),
    );
  }
}
