// `--to store`: the same sequences become frames, detections and sequences of this device's own store.
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import { openStore } from "../../device/store/store.ts";
import { preparePictureDecoding } from "../../models/picture.ts";
import type { Config } from "../config.ts";
import { storeFolder } from "../folders.ts";
import { hasRoom } from "../ingest/room.ts";
import { previewRead } from "./dry-run.ts";
import { type RunJobsDeps, runJobs } from "./import.ts";
import type { Work } from "./import-one.ts";
import type { Tally } from "./import-result.ts";
import { type ImportSource, nameOf } from "./import-source.ts";
import { type KeepOptions, keepSequence } from "./keep-sequence.ts";
import type { ImportOptions } from "./options.ts";
import { type Outcome, outcome } from "./outcome.ts";

export type ImportToStoreDeps = Omit<RunJobsDeps, "undo"> & {
  readonly config: Pick<Config, "data" | "store">;
  readonly options: ImportOptions;
  readonly source: Pick<ImportSource, "picture">;
  readonly clock: Clock;
  readonly log: Log;
};

/** @throws StoreLocked while an agent writes to the store. */
export async function importToStore(
  works: readonly Work[],
  tally: Tally,
  deps: ImportToStoreDeps,
): Promise<void> {
  const { config, options, source, clock, log, signal } = deps;
  // What was kept stays: a sequence that is short of a picture is one, and the next run adds it.
  const undo = async () => "kept" as const;
  if (options.dryRun) {
    const jobs = works.map((work) => ({
      found: work.found,
      run: () => previewRead(work, { options, onPreview: (preview) => void tally.preview.push(preview) }),
    }));
    return await runJobs(jobs, tally, { ...deps, undo });
  }
  preparePictureDecoding();
  const { commitWindowMs } = config.store;
  const store = openStore({ directory: storeFolder(config.data), clock, log, commitWindowMs });
  const keeping = { store, clock, pictures: source.picture, hasRoom: () => hasRoom(store, config), signal };
  try {
    const jobs = works.map((work) => ({ found: work.found, run: () => keepOne(work, keeping) }));
    await runJobs(jobs, tally, { ...deps, undo });
  } finally {
    await store.close();
  }
}

async function keepOne({ found, read }: Work, keeping: Omit<KeepOptions, "sequence">): Promise<Outcome> {
  const { sequence, refused } = await read();
  if (sequence === null) return outcome("refused", { problems: refused });
  const { id, stored, problems } = await keepSequence({ ...keeping, sequence });
  const leftOut = problems.map(({ of, problem }) => ({ of: `${nameOf(found)}, ${of}`, problem }));
  if (id === null)
    return outcome("refused", {
      problems: [{ of: nameOf(found), problem: "none of its pictures could be kept" }, ...leftOut],
    });
  return outcome(stored === 0 ? "skipped" : "done", {
    leftOut,
    detections: stored,
    notes: stored === 0 ? [] : sequence.problems,
  });
}
