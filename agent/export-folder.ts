// The store's frames as a picture folder with a labels file, as the existing tools read them.
import { randomUUID } from "node:crypto";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type FrameRecord, fileNameOf } from "../device/frame.ts";
import { formatImageId } from "../device/image-id.ts";
import { type SupersededLabel, writeLabelsFile } from "../device/labels-file.ts";
import { makeFolder } from "../device/make-folder.ts";
import type { RunRecord } from "../device/run.ts";
import { sha256Hex } from "../device/store/frames.ts";
import type { Store } from "../device/store/store.ts";
import { inParallel } from "./in-parallel.ts";

export type ExportResult = {
  /** Pictures written now. */
  readonly pictures: number;
  /** Pictures whose file was there already, with the same content. */
  readonly alreadyThere: number;
  /** Frames whose picture could not be read from the store. */
  readonly unreadable: readonly string[];
  /** Frames whose file name another picture has; it is left as it is, and the frame's labels are left out. */
  readonly taken: readonly string[];
  readonly labels: number;
  /** null: no label, so no file. */
  readonly labelsFile: string | null;
  readonly superseded: readonly SupersededLabel[];
};

export type ExportOptions = {
  readonly store: Store;
  readonly directory: string;
  /** Which frames; erased ones never go. */
  readonly frames: Iterable<FrameRecord>;
  /** Names the labels file, µs since 1970 UTC. */
  readonly wallUs: number;
  readonly signal: AbortSignal;
};

/** Pictures on their way to the disk at once; gamepad and camera go on meanwhile. */
const inFlight = 8;

/** Writes pictures, then the labels file: a file that lists a picture is never there before it. */
export async function exportFolder(options: ExportOptions): Promise<ExportResult> {
  const { store, directory, signal } = options;
  makeFolder(directory);
  const outcomes: { readonly imgId: string; readonly outcome: PictureOutcome }[] = [];
  await inParallel(shown(options.frames), inFlight, signal, async (frame) => {
    outcomes.push({ imgId: frame.imgId, outcome: await writePicture(store, directory, frame) });
  });
  const idsOf = (wanted: PictureOutcome): readonly string[] =>
    outcomes.flatMap(({ imgId, outcome }) => (outcome === wanted ? imgId : [])).sort();
  const [pictures, there] = [idsOf("written"), idsOf("there")];
  const documents = [...pictures, ...there].sort().flatMap((imgId) => store.labels.ofFrame(imgId));
  const written = documents.length === 0 ? null : writeLabelsFile(directory, documents, options.wallUs);
  return {
    pictures: pictures.length,
    alreadyThere: there.length,
    unreadable: idsOf("unreadable"),
    taken: idsOf("taken"),
    labels: documents.length,
    labelsFile: written?.path ?? null,
    superseded: written?.superseded ?? [],
  };
}

type PictureOutcome = "written" | "there" | "taken" | "unreadable";

function* shown(frames: Iterable<FrameRecord>): Iterable<FrameRecord> {
  for (const frame of frames) if (frame.erasedAtUs === null) yield frame;
}

async function writePicture(store: Store, directory: string, frame: FrameRecord): Promise<PictureOutcome> {
  const path = join(directory, fileNameOf(frame.imgId, frame.mediaType));
  const there = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return null;
    throw cause;
  });
  if (there !== null) {
    const isSame = there.size === frame.size && sha256Hex(await readFile(path)) === frame.sha256;
    return isSame ? "there" : "taken";
  }
  const bytes = store.frames.picture(frame.imgId);
  if (bytes === null) return "unreadable";
  // Beside it, flushed, then renamed, so that no half picture has the name; the labels file's writing flushes the folder.
  const beside = join(directory, `.${frame.imgId}.${randomUUID().slice(0, 8)}.part`);
  try {
    await writeFile(beside, bytes, { flag: "wx", flush: true });
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true });
    throw cause;
  }
  return "written";
}

/** Frames of one run, in order of time. */
export function* framesOfRun(store: Store, run: RunRecord): Iterable<FrameRecord> {
  // The wall clock may have stepped within the run, so the bounds are generous and the run id decides.
  const start = formatImageId(run.startedAt.wallUs - clockStepUs);
  const end = run.endedAt === null ? undefined : formatImageId(run.endedAt.wallUs + clockStepUs);
  for (const frame of store.frames.range(end === undefined ? { start } : { start, end })) {
    if (frame.run === run.id) yield frame;
  }
}

const clockStepUs = 60_000_000;
