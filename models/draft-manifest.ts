// A first manifest for a person's model file: what the file says of itself, completed by what the person says.
import { createHash } from "node:crypto";
import { recogniseDetector } from "./detectors/recognise.ts";
import { type KnownModel, knownModels } from "./known-models.ts";
import type { Size } from "./letterbox.ts";
import { type DetectorFamily, type ModelManifest, manifestSchema } from "./manifest.ts";
import { type OnnxMetadata, type OnnxPort, readOnnxMetadata } from "./onnx-metadata.ts";
import { recogniseSteering } from "./recognise-steering.ts";
import { ModelError } from "./vision.ts";

/** value = (pixel * scale - mean) / std: 0..255 as it is, 0..1, ImageNet's, or -1..1. */
export type Normalise = "bytes" | "none" | "imagenet" | "half";

export type DraftOptions = {
  readonly id: string;
  /** Relative to the manifest. */
  readonly file: string;
  /** The file a person named, for messages; not given: `file`. */
  readonly from?: string;
  readonly task?: ModelManifest["task"];
  readonly family?: DetectorFamily;
  /** Class names in order; not given: those the file knows. */
  readonly classes?: readonly string[];
  /** For models that take any size. */
  readonly size?: Size;
  /** Not for detectors. Not given: ImageNet's for embedders, which most were trained with; 0..1 for those that steer. */
  readonly normalise?: Normalise;
  readonly colour?: "rgb" | "bgr";
  readonly licence?: string;
  readonly source?: string;
};

export type Draft = {
  readonly manifest: ModelManifest;
  /** For a person: what it was told by, and what was assumed. */
  readonly reasons: readonly string[];
};

/** Fewer numbers than this are the scores of a classifier rather than a vector. */
const leastVector = 16;

/** Makes the manifest. @throws ModelError with what is missing and how to say it. */
export function draftManifest(bytes: Uint8Array, options: DraftOptions): Draft {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const known = knownModels.find((model) => model.sha256 === sha256);
  const { from = options.file } = options;
  // Messages name the file that the person knows.
  const said: DraftOptions = { ...known?.options, ...withoutGaps(options), file: from };
  const metadata = readMetadata(bytes, said.file);
  const task = said.task ?? (said.family === undefined ? taskOf(metadata) : "detect");
  const { part, reasons } = drafts[task](metadata, said);
  const manifest = manifestSchema.safeParse({
    ...part,
    id: said.id,
    task,
    file: options.file,
    sha256,
    bytes: bytes.length,
    licence: said.licence ?? known?.licence ?? "not stated",
    source: said.source ?? known?.source ?? `added from ${from}`,
  });
  if (!manifest.success) {
    const [issue] = manifest.error.issues;
    throw new ModelError(`${from}: ${issue!.path.join(".")}: ${issue!.message}`);
  }
  return { manifest: manifest.data, reasons: [...introduce(known), ...reasons] };
}

function readMetadata(bytes: Uint8Array, file: string): OnnxMetadata {
  try {
    return readOnnxMetadata(bytes);
  } catch (cause) {
    throw new ModelError(`${file}: ${(cause as Error).message}`, { cause });
  }
}

function taskOf(metadata: OnnxMetadata): ModelManifest["task"] {
  if (vectorOf(metadata) !== null) return "embed";
  return recogniseSteering(metadata) === null ? "detect" : "steer";
}

type Part = { readonly part: Partial<ModelManifest>; readonly reasons: readonly string[] };

function draftDetector(metadata: OnnxMetadata, { file, family, size, classes, colour }: DraftOptions): Part {
  const recognition = recogniseDetector(metadata, { family, size });
  if (recognition.draft === null) {
    const which = recognition.candidates.length > 1 ? ` (--family ${recognition.candidates.join("|")})` : "";
    throw new ModelError(`${file}: ${recognition.reasons.join("; ")}${which}`);
  }
  const { draft, reasons } = recognition;
  if (classes !== undefined && draft.classes.length > 0 && classes.length !== draft.classes.length)
    throw new ModelError(
      `${file}: Expected ${draft.classes.length} class names, as the model tells so many apart, got ${classes.length}`,
    );
  const input = colour === undefined ? draft.input : { ...draft.input, colour };
  return {
    part: { ...draft, input, classes: [...(classes ?? draft.classes)] },
    reasons: classes === undefined ? reasons : [reasons[0]!, "class names given by hand"],
  };
}

const drafts = { detect: draftDetector, embed: draftEmbedder, steer: draftSteerer } as const;

function draftSteerer(metadata: OnnxMetadata, said: DraftOptions): Part {
  const recognised = recogniseSteering(metadata);
  if (recognised === null)
    throw new ModelError(
      `${said.file}: Expected one or two outputs with a direction and a speed (a number, or 2–127 bins), got ${metadata.outputs.map(({ name, dims }) => `${name} [${dims.join(", ")}]`).join(", ")}`,
    );
  const { input, reason } = draftInput(metadata, said, "none");
  return {
    part: { input, steering: recognised.steering },
    reasons: [...recognised.reasons, "the whole picture, stretched to its input", reason],
  };
}

function draftEmbedder(metadata: OnnxMetadata, said: DraftOptions): Part {
  const vector = vectorOf(metadata);
  if (vector === null)
    throw new ModelError(`${said.file}: Expected one output with a vector of ${leastVector} numbers or more`);
  const { input, reason } = draftInput(metadata, said, "imagenet");
  return {
    part: { input, embedding: { output: vector.name, size: vector.size, flip: false } },
    reasons: [`an embedder: its output ${vector.name} is a vector of ${vector.size} numbers`, reason],
  };
}

/** @param usual how pixels are normalised where nobody says. */
function draftInput(
  metadata: OnnxMetadata,
  said: DraftOptions,
  usual: Normalise,
): { readonly input: ModelManifest["input"]; readonly reason: string } {
  const { file } = said;
  const [port] = metadata.inputs.filter(({ dims }) => dims.length === 4 && (dims[1] === 3 || dims[3] === 3));
  if (port === undefined || (port.type !== "float32" && port.type !== "uint8"))
    throw new ModelError(`${file}: Expected an input for a picture with three colours, found none`);
  const layout = port.dims[1] === 3 ? "nchw" : "nhwc";
  const [height, width] = layout === "nchw" ? port.dims.slice(2) : port.dims.slice(1, 3);
  const size = typeof width === "number" && typeof height === "number" ? { width, height } : said.size;
  if (size === undefined)
    throw new ModelError(`${file}: its input ${port.name} takes any size: say one (--size 224x224)`);
  const normalise = said.normalise ?? usual;
  const colour = said.colour ?? "rgb";
  const assumed =
    said.normalise === undefined ? " (assumed: say --normalise if it was trained otherwise)" : "";
  return {
    input: {
      name: port.name,
      ...size,
      layout,
      type: port.type,
      colour,
      resize: "stretch",
      pad: 114,
      ...inColour(normalisation(normalise), colour),
    },
    reason: `pixels normalised: ${normalise}${assumed}`,
  };
}

/** The only output, if it is one vector per picture. */
function vectorOf({ outputs }: OnnxMetadata): { readonly name: string; readonly size: number } | null {
  const [only] = outputs;
  if (only === undefined || outputs.length > 1 || !isVector(only)) return null;
  const size = only.dims[1] ?? null;
  return size === null || size < leastVector ? null : { name: only.name, size };
}

function isVector({ dims }: OnnxPort): boolean {
  return dims.length === 2 || (dims.length === 4 && dims[2] === 1 && dims[3] === 1);
}

type Normalisation = Pick<ModelManifest["input"], "scale" | "mean" | "std">;

function normalisation(name: Normalise): Normalisation {
  const plain: Normalisation = { scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] };
  if (name === "none") return plain;
  if (name === "bytes") return { ...plain, scale: 1 };
  if (name === "half") return { ...plain, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
  return { ...plain, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
}

/** The lists above are in the order red, green, blue. */
function inColour({ scale, mean, std }: Normalisation, colour: "rgb" | "bgr"): Normalisation {
  if (colour === "rgb") return { scale, mean, std };
  return { scale, mean: [mean[2], mean[1], mean[0]], std: [std[2], std[1], std[0]] };
}

function introduce(known: KnownModel | undefined): string[] {
  return known === undefined ? [] : [`it is ${known.id} (${known.source})`];
}

/** Options that were not given must not hide what is known. */
function withoutGaps(options: DraftOptions): DraftOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as DraftOptions;
}
