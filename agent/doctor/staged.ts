// What was changed from afar lies over the configuration file: whoever reads the file alone is wrong.
import { readStage, stageFile } from "../config-stage.ts";
import type { Finding } from "./finding.ts";

/** Nothing where nothing was ever changed. */
export function examineStaged(data: string): readonly Finding[] {
  const { changes, problem } = readStage(data);
  const part = "configuration";
  if (problem !== null)
    return [{ part, state: "warning", found: problem, fix: `read ${stageFile(data)}, then remove it` }];
  const newest = changes.at(-1);
  if (newest === undefined) return [];
  const paths = Object.keys(newest.values);
  return [
    {
      part,
      state: "ok",
      found: `${paths.length} values set from afar lie over the file: ${paths.slice(0, 8).join(", ")} (${stageFile(data)})`,
      fix: null,
    },
  ];
}
