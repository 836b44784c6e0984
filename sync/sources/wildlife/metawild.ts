// MetaWild: the documented folders of any depth, and the real set: a folder a species, identities in file names, facts in JSON files.
import { join } from "node:path";
import { z } from "zod";
import type { Side } from "../../../device/sighting.ts";
import { readJsonFile } from "../json-file.ts";
import { isPictureName, type Source, type SourceFinding, type SourceIndividual } from "../source.ts";
import { nameOf, openTree, type Tree, type TreeFolder } from "../tree.ts";
import { pictureOf, subjectOf } from "./fields.ts";

/** Identity, camera and number: `12_C3-A_0007….jpg`. */
const pictureName = /^(\d+)_([A-Za-z0-9-]+)_(\d+)/;
const splits = /^(train|query|gallery)$/i;

export function createMetaWildSource(): Source {
  return {
    format: "metawild",
    recognises: async (directory, signal) => {
      const tree = await openTree(directory);
      for await (const folder of tree.folders({ signal, maxDepth: 3 }))
        if (speciesOf(folder) !== null) return true;
      return false;
    },
    read: async function* (directory, { dataset, signal }): AsyncIterable<SourceFinding> {
      const tree = await openTree(directory);
      const refused: SourceFinding[] = [];
      const folders: TreeFolder[] = [];
      for await (const folder of tree.folders({ signal, onSkip: (skip) => refused.push(skip) }))
        folders.push(folder);
      yield* refused;
      let some = false;
      const facts = createFacts(folders);
      for (const folder of folders) {
        signal.throwIfAborted();
        const species = speciesOf(folder);
        const known = species === null ? null : await facts.of(species);
        if (known?.problem != null) yield known.problem;
        for (const name of folder.files.filter(isPictureName)) {
          some = true;
          yield await readPicture(tree, folder, name, {
            dataset,
            species,
            facts: known?.byName ?? new Map(),
          });
        }
      }
      if (!some)
        yield { found: "nothing", reason: "no images found", warning: "No images found in MetaWild dataset" };
    },
  };
}

/** "Deer" of `…/Deer/train` when the files in it are named as those of the real set; else null. */
function speciesOf(folder: TreeFolder): string | null {
  const parts = folder.relativePath.split("/");
  const species = parts.at(-2);
  if (species === undefined || !splits.test(parts.at(-1)!)) return null;
  return folder.files.some((name) => isPictureName(name) && pictureName.test(name)) ? species : null;
}

async function readPicture(
  tree: Tree,
  folder: TreeFolder,
  name: string,
  given: { dataset: string; species: string | null; facts: ReadonlyMap<string, Facts> },
): Promise<SourceFinding> {
  const found = await tree.at(folder, name);
  const what = join(folder.relativePath, name);
  if ("refused" in found) return { found: "skipped", what, reason: found.refused };
  const match = given.species === null ? null : pictureName.exec(name);
  if (given.species === null || match === null) {
    const identity = identityOfPath(folder, tree);
    return pictureOf(found.file, [
      subjectOf({
        individual: individualOf(identity, { scope: given.dataset, kind: "Tiger" }),
        metadata: { dataset: "MetaWild", identity },
      }),
    ]);
  }
  const [, identity, camera, number] = match as unknown as [string, string, string, string];
  const scope = `${given.dataset}/${given.species.toLowerCase()}`;
  const facts = given.facts.get(name.toLowerCase());
  return pictureOf(found.file, [
    subjectOf({
      individual: individualOf(identity, { scope, kind: given.species }),
      species: given.species.toLowerCase(),
      side: facts?.side ?? "unknown",
      metadata: {
        dataset: "MetaWild",
        identity,
        split: nameOf(folder).toLowerCase(),
        // Stable over runs and machines: the data set's own name of the camera, within its species.
        camera: `${scope}/${camera}`,
        number: Number(number),
        ...facts?.metadata,
      },
    }),
  ]);
}

function individualOf(identity: string, { scope, kind }: { scope: string; kind: string }): SourceIndividual {
  return {
    identity,
    scope,
    name: `MetaWild ${kind} ${identity}`,
    tags: ["MetaWild"],
    notes: "Imported from MetaWild",
  };
}

const identityFolder = /^(tiger|identity|id|individual)$/i;

/** The folder that follows one named tiger, identity, id or individual; else the folder the picture lies in. */
function identityOfPath(folder: TreeFolder, tree: Tree): string {
  const parts = folder.relativePath.split("/");
  const at = parts.findIndex((part) => identityFolder.test(part));
  if (at !== -1 && at + 1 < parts.length) return parts[at + 1]!;
  return folder.relativePath === "" ? tree.root.split(/[\\/]/).at(-1)! : parts.at(-1)!;
}

type Facts = { readonly side: Side; readonly metadata: Readonly<Record<string, unknown>> };

const factsSchema = z.looseObject({
  images: z.array(
    z.looseObject({
      img_path: z.string(),
      metadata: z
        .looseObject({
          temperature: z.number().nullish(),
          day_night: z.number().nullish(),
          face_direction: z.number().nullish(),
        })
        .nullish(),
    }),
  ),
});

const faces = ["front", "back", "left", "right"] as const;

/** What `<species>.json` says by file name; the file is read once, wherever in the tree it lies. */
function createFacts(folders: readonly TreeFolder[]) {
  const read = new Map<string, ReadonlyMap<string, Facts>>();
  return {
    of: async (
      species: string,
    ): Promise<{ byName: ReadonlyMap<string, Facts>; problem: SourceFinding | null } | null> => {
      const wanted = `${species.toLowerCase()}.json`;
      const known = read.get(wanted);
      if (known !== undefined) return { byName: known, problem: null };
      const byName = new Map<string, Facts>();
      read.set(wanted, byName);
      const folder = folders.find(({ files }) => files.some((name) => name.toLowerCase() === wanted));
      if (folder === undefined) return null;
      const name = folder.files.find((each) => each.toLowerCase() === wanted)!;
      try {
        for (const { img_path: path, metadata } of (await readJsonFile(join(folder.path, name), factsSchema))
          .images) {
          // The paths were written on Windows; only the file name tells anything.
          const file = path.split(/[\\/]/).at(-1)!.toLowerCase();
          if (metadata != null) byName.set(file, factsOf(metadata));
        }
        return { byName, problem: null };
      } catch (cause) {
        const reason = `${(cause as Error).message}; the pictures come without what it says`;
        return { byName, problem: { found: "skipped", what: join(folder.relativePath, name), reason } };
      }
    },
  };
}

function factsOf(raw: {
  temperature?: number | null | undefined;
  day_night?: number | null | undefined;
  face_direction?: number | null | undefined;
}): Facts {
  const face = faces[raw.face_direction ?? -1] ?? null;
  return {
    side: face === "left" || face === "right" ? face : "unknown",
    metadata: {
      ...(raw.temperature == null ? {} : { temperature: raw.temperature }),
      ...(raw.day_night === 0 || raw.day_night === 1
        ? { day_night: raw.day_night === 0 ? "day" : "night" }
        : {}),
      ...(face === null ? {} : { face_direction: face }),
    },
  };
}
