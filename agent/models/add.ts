// Adds a person's model: its file is understood, tried, and copied to the models folder with a manifest; or it is refused with the reason.
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { makeFolderAsync } from "../../device/make-folder.ts";
import { type DraftOptions, draftManifest } from "../../models/draft-manifest.ts";
import { type KnownModel, knownModels } from "../../models/known-models.ts";
import { detectorFamilies, type Model, type ModelManifest } from "../../models/manifest.ts";
import { ModelError, type Picture, type Vision } from "../../models/vision.ts";

export type AddOptions = Omit<DraftOptions, "id" | "file"> & {
  /** Not given: the file's name. */
  readonly id?: string;
  /** What the file's sha256 has to be; not given: any. */
  readonly sha256?: string;
  /** Nothing is written. */
  readonly dryRun: boolean;
  /** Where models are kept. */
  readonly folder: string;
  /** Ids that are taken. */
  readonly taken: ReadonlySet<string>;
  readonly vision: Pick<Vision, "openDetector" | "openEmbedder" | "openSteerer">;
  readonly clock: { readonly monotonicNs: () => number };
  readonly signal: AbortSignal;
};

/** Fields are added, never renamed: `outrider models add --json` is a contract. */
export type AddedModel = {
  readonly manifest: ModelManifest;
  /** Where it lies now (or would). */
  readonly file: string;
  readonly dryRun: boolean;
  /** What the manifest was told by, and what was assumed. */
  readonly reasons: readonly string[];
  /** The test run on a blank picture: how long, and how many boxes it saw there (null: it finds none). */
  readonly testRunMs: number;
  readonly boxesOnBlank: number | null;
};

/** What --family may be. */
export const familyNames: readonly string[] = detectorFamilies;

/** No real detector is larger; one that is would not fit into the memory of the machines this runs on. */
const mostBytes = 2 ** 31;

/** @throws ModelError when it is refused; the message says why and what to do. */
export async function addModel(source: string, options: AddOptions): Promise<AddedModel> {
  const bytes = await readSource(source);
  const id = options.id ?? idOf(source);
  if (options.taken.has(id))
    throw new ModelError(
      `Expected a new id, got "${id}", which is taken: say another (--id), or remove it first`,
    );
  const { manifest, reasons } = draftManifest(bytes, {
    ...options,
    id,
    file: `${id}${extname(source) || ".onnx"}`,
    from: basename(source),
  });
  if (options.sha256 !== undefined && options.sha256.toLowerCase() !== manifest.sha256)
    throw new ModelError(`${source}: Expected sha256 ${options.sha256}, got ${manifest.sha256}`);
  const trial = await tryModel({ manifest, file: resolve(source) }, options);
  const file = join(options.folder, manifest.file);
  if (!options.dryRun) await keep(options.folder, manifest, bytes);
  return { manifest, file, dryRun: options.dryRun, reasons, ...trial };
}

async function readSource(source: string): Promise<Uint8Array> {
  const found = await stat(source).catch(() => null);
  if (found === null) {
    const known = knownModels.find(({ id }) => id === source.toLowerCase());
    throw new ModelError(known === undefined ? explainMissing(source) : explainKnown(known));
  }
  if (!found.isFile()) throw new ModelError(`${source}: Expected a file, got a folder`);
  if (found.size > mostBytes)
    throw new ModelError(`${source}: Expected a model of at most ${mostBytes} bytes, got ${found.size}`);
  return await readFile(source);
}

function explainMissing(source: string): string {
  const ids = knownModels.map(({ id }) => id).join(", ");
  return `${source}: there is no such file, and no public model known by that name (${ids})`;
}

function explainKnown({ id, source, licence, sha256 }: KnownModel): string {
  const check = sha256 === null ? "" : `; its sha256 is ${sha256}`;
  return (
    `${id} is not on this machine, and nothing is downloaded by itself. It is at ${source} (licence: ${licence}${check}). ` +
    `Then: outrider models add FILE --id ${id}`
  );
}

/** "weights/My Model.onnx" becomes "My-Model". */
function idOf(source: string): string {
  return basename(source, extname(source))
    .replaceAll(/[^A-Za-z0-9_.-]+/g, "-")
    .slice(0, 64);
}

/** Opens it in a worker, as the agent will, and shows it an empty picture. */
async function tryModel(
  model: Model,
  { vision, clock, signal }: AddOptions,
): Promise<Pick<AddedModel, "testRunMs" | "boxesOnBlank">> {
  const picture = blankPicture();
  if (model.manifest.task === "embed") {
    const { describe } = await vision.openEmbedder(model);
    const startNs = clock.monotonicNs();
    await describe(picture, [{ left: 0, top: 0, right: 1, bottom: 1 }], { signal });
    return { testRunMs: elapsedMs(clock.monotonicNs() - startNs), boxesOnBlank: null };
  }
  if (model.manifest.task === "steer") {
    const { steer } = await vision.openSteerer(model);
    const startNs = clock.monotonicNs();
    await steer(picture, { signal });
    return { testRunMs: elapsedMs(clock.monotonicNs() - startNs), boxesOnBlank: null };
  }
  const { detect } = await vision.openDetector(model);
  const startNs = clock.monotonicNs();
  const found = await detect(picture, { signal });
  return { testRunMs: elapsedMs(clock.monotonicNs() - startNs), boxesOnBlank: found.length };
}

function blankPicture(): Picture {
  const [width, height] = [640, 480];
  return { width, height, pixels: new Uint8Array(width * height * 3).fill(114) };
}

function elapsedMs(ns: number): number {
  return Math.round(ns / 1e4) / 100;
}

/** Both files under other names first; the manifest comes last, for it is what makes a model of the file. */
async function keep(folder: string, manifest: ModelManifest, bytes: Uint8Array): Promise<void> {
  try {
    await makeFolderAsync(folder);
    await writeWhole(folder, manifest.file, bytes);
    await writeWhole(folder, `${manifest.id}.json`, `${JSON.stringify(manifest, null, 2)}\n`);
  } catch (cause) {
    throw new Error(`The model cannot be kept in ${folder}: ${(cause as Error).message}`, { cause });
  }
}

async function writeWhole(folder: string, name: string, content: string | Uint8Array): Promise<void> {
  const beside = join(folder, `.${name}.part`);
  try {
    await writeFile(beside, content, { flush: true });
    await rename(beside, join(folder, name));
  } catch (cause) {
    await rm(beside, { force: true });
    throw cause;
  }
}

export function describeAdded({
  manifest,
  file,
  dryRun,
  reasons,
  testRunMs,
  boxesOnBlank,
}: AddedModel): string {
  const { id, task, family, input, sha256 } = manifest;
  const saw = boxesOnBlank === null ? "" : `, ${boxesOnBlank} boxes on an empty picture`;
  return [
    `${dryRun ? "would add" : "added"} ${id}: ${task}${family === null ? "" : ` ${family}`}, ${input.width}x${input.height}, ${describeOutputs(manifest)}`,
    `  file      ${file}`,
    `  sha256    ${sha256}`,
    ...reasons.map((reason) => `  told by   ${reason}`),
    `  test run  ${testRunMs} ms${saw}`,
  ].join("\n");
}

function describeOutputs({ classes, embedding, steering }: ModelManifest): string {
  if (embedding !== null) return `${embedding.size} numbers`;
  if (steering === null) return `${classes.length} classes`;
  const { direction, speed } = steering;
  return [direction, ...(speed === null ? [] : [speed.reads])]
    .map((reads) => (reads.kind === "bins" ? `${reads.centres.length} bins` : "a number"))
    .join(" and ");
}
