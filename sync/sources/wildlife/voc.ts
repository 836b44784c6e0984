// Pascal VOC: an XML file for each picture, with classes and boxes; it does not tell individuals apart.
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  isPictureName,
  type Source,
  type SourceBox,
  type SourceFinding,
  type SourceSkip,
  type SourceSubject,
} from "../source.ts";
import { nameOf, openTree, type Tree, type TreeFolder } from "../tree.ts";
import { pictureOf, subjectOf } from "./fields.ts";

/** An annotation of a picture with a thousand boxes has some 300 kB. */
const maxBytes = 5_000_000;

export function createVocSource(): Source {
  return {
    format: "voc",
    recognises: async (directory, signal) => {
      const tree = await openTree(directory);
      for await (const folder of tree.folders({ signal, maxDepth: 3 })) {
        const [first] = folder.files.filter(isAnnotation);
        if (first !== undefined && (await readAnnotation(folder, first)).includes("<annotation")) return true;
      }
      return false;
    },
    read: async function* (directory, { dataset, signal }): AsyncIterable<SourceFinding> {
      const tree = await openTree(directory);
      const refused: SourceFinding[] = [];
      let some = false;
      for await (const folder of tree.folders({ signal, onSkip: (skip) => refused.push(skip) }))
        for (const name of folder.files.filter(isAnnotation)) {
          signal.throwIfAborted();
          for (const finding of await readOne(tree, folder, name, dataset)) {
            some ||= finding.found === "picture";
            yield finding;
          }
        }
      yield* refused;
      if (!some)
        yield {
          found: "nothing",
          reason: "no images found",
          warning: `No images found in ${dataset} dataset: expected VOC annotations (*.xml) and their pictures`,
        };
    },
  };
}

function isAnnotation(name: string): boolean {
  return /\.xml$/i.test(name) && !name.startsWith("._");
}

async function readAnnotation(folder: TreeFolder, name: string): Promise<string> {
  const path = join(folder.path, name);
  const { size } = await stat(path);
  if (size > maxBytes) throw new Error(`expected at most ${maxBytes} bytes, got ${size}`);
  return await readFile(path, "utf8");
}

async function readOne(
  tree: Tree,
  folder: TreeFolder,
  name: string,
  dataset: string,
): Promise<readonly SourceFinding[]> {
  const what = join(folder.relativePath, name);
  const skip = (reason: string): SourceSkip => ({ found: "skipped", what, reason });
  let text: string;
  try {
    text = await readAnnotation(folder, name);
  } catch (cause) {
    return [skip((cause as Error).message)];
  }
  const body = insideOf(text, "annotation");
  if (body === null) return [skip("expected an <annotation>, found none")];
  // Names inside an <object> are those of the thing.
  const head = body.replaceAll(/<object\b[\s\S]*?<\/object\s*>/g, "");
  const file = insideOf(head, "filename") ?? name.replace(/\.xml$/i, ".jpg");
  const places = placesOf(tree, folder, insideOf(head, "folder"));
  const found = await tree.find(isPictureName(file) ? file : `${file}.jpg`, places);
  if ("refused" in found) return [{ found: "skipped", what: file, reason: `${found.refused} (${what})` }];
  const [width, height] = [numberOf(head, "width"), numberOf(head, "height")];
  const drawnOn = width !== null && height !== null && width > 0 && height > 0 ? { width, height } : null;
  const objects = [...body.matchAll(/<object\b[^>]*>([\s\S]*?)<\/object\s*>/g)].map(([, object]) =>
    subjectOfObject(object!, drawnOn, dataset),
  );
  const subjects = objects.filter((subject) => subject !== null);
  const bad = objects.length - subjects.length;
  return [
    ...(bad === 0
      ? []
      : [skip(`${bad} of ${objects.length} objects have no name or no box; the others are used`)]),
    pictureOf(found.file, subjects),
  ];
}

/** Pictures lie beside the annotations, or in images/, JPEGImages/ or the folder that the file names, beside theirs. */
function placesOf(tree: Tree, folder: TreeFolder, named: string | null): readonly string[] {
  const above = folder.relativePath === "" ? tree.root : join(folder.path, "..");
  const names = [
    "images",
    "JPEGImages",
    ...(named === null || named === ".." ? [] : [named]),
    nameOf(folder),
  ];
  return [
    folder.path,
    ...names.flatMap((each) => [join(above, each), join(tree.root, each)]),
    above,
    tree.root,
  ];
}

function subjectOfObject(
  object: string,
  drawnOn: SourceBox["drawnOn"],
  dataset: string,
): SourceSubject | null {
  // A person's <part>s (head, hand) have names and boxes of their own.
  const own = object.replaceAll(/<part\b[\s\S]*?<\/part\s*>/g, "");
  const className = insideOf(own, "name");
  const [left, top, right, bottom] = ["xmin", "ymin", "xmax", "ymax"].map((tag) => numberOf(own, tag));
  if (
    className === null ||
    className === "" ||
    left == null ||
    top == null ||
    right == null ||
    bottom == null
  )
    return null;
  if (right <= left || bottom <= top) return null;
  const difficult = insideOf(own, "difficult") === "1";
  return subjectOf({
    individual: undefined,
    className,
    box: { left, top, width: right - left, height: bottom - top, drawnOn },
    metadata: { dataset, ...(difficult ? { difficult } : {}) },
  });
}

/** Text of the first such element, its entities resolved; null: there is none. */
function insideOf(xml: string, tag: string): string | null {
  const match = new RegExp(`<${tag}(?:\\s[^>]*)?>([\\s\\S]*?)</${tag}\\s*>`).exec(xml);
  return match === null ? null : unescapeXml(match[1]!).trim();
}

function numberOf(xml: string, tag: string): number | null {
  const text = insideOf(xml, tag);
  const value = text === null || text === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replaceAll(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => entities[name]!);
}
