// A plain folder of pictures, of any depth: nobody says what is on them.
import { join } from "node:path";
import { isPictureName, type Source, type SourceFinding } from "../source.ts";
import { openTree } from "../tree.ts";
import { pictureOf } from "./fields.ts";

export function createPicturesSource(): Source {
  return {
    format: "pictures",
    recognises: async (directory, signal) => {
      const tree = await openTree(directory);
      for await (const folder of tree.folders({ signal })) if (folder.files.some(isPictureName)) return true;
      return false;
    },
    read: async function* (directory, { dataset, signal }): AsyncIterable<SourceFinding> {
      const tree = await openTree(directory);
      const refused: SourceFinding[] = [];
      let some = false;
      for await (const folder of tree.folders({ signal, onSkip: (skip) => refused.push(skip) }))
        for (const name of folder.files.filter(isPictureName)) {
          signal.throwIfAborted();
          const found = await tree.at(folder, name);
          some = true;
          if ("file" in found) yield pictureOf(found.file, []);
          else yield { found: "skipped", what: join(folder.relativePath, name), reason: found.refused };
        }
      yield* refused;
      if (!some)
        yield {
          found: "nothing",
          reason: "no images found",
          warning: `No images found in ${dataset} dataset`,
        };
    },
  };
}
