// What `outrider run` makes of the configuration beside the file: changes from afar, and what to start with when the file is broken.
import { readLastGood } from "../config-last-good.ts";
import { readStage, stageFile } from "../config-stage.ts";
import type { Finding } from "./finding.ts";

/** Nothing when nothing was ever changed from afar and no agent ran yet. */
export function examineStage(data: string): readonly Finding[] {
  const { changes, problem } = readStage(data);
  const part = "configuration";
  const fix = `outrider remote DEVICE config rollback takes the newest change back; without ${stageFile(data)} the file holds again`;
  const found: Finding[] = [];
  if (problem !== null) found.push({ part, state: "warning", found: problem, fix });
  const newest = changes.at(-1);
  const paths = Object.keys(newest?.values ?? {});
  if (newest !== undefined && paths.length > 0)
    found.push({
      part,
      state: "warning",
      found:
        newest.state === "kept"
          ? `outrider run uses other values than the file, changed from afar: ${paths.join(", ")}`
          : `a change from afar is on probation: ${newest.changed.join(", ")}`,
      fix,
    });
  if (readLastGood(data) !== null)
    found.push({
      part,
      state: "ok",
      found: "the file as it last worked is kept for outrider run --last-good",
      fix: null,
    });
  return found;
}
