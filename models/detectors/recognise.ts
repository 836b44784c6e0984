// Which family a model is of, and a first manifest for it: from what the file says of itself. Where that is not enough, it asks.
import type { Size } from "../letterbox.ts";
import type { DetectorFamily, ModelInput, ModelManifest } from "../manifest.ts";
import type { OnnxMetadata, OnnxPort } from "../onnx-metadata.ts";
import { cocoIdNames, cocoNames } from "./coco-classes.ts";
import { defaultsOf } from "./family-defaults.ts";
import { findSigns, type Sign } from "./family-rules.ts";
import { readUltralyticsMetadata, type UltralyticsMetadata } from "./ultralytics-metadata.ts";

/** The part of a manifest that the file tells. */
export type ManifestDraft = Pick<ModelManifest, "classes" | "thresholds"> & {
  readonly family: DetectorFamily;
  readonly input: ModelInput;
};

export type Recognition =
  | {
      readonly draft: ManifestDraft;
      /** For a person: what it was told by, and what was assumed. */
      readonly reasons: readonly string[];
    }
  | {
      readonly draft: null;
      /** Families it might be of; empty: of none that is read here. */
      readonly candidates: readonly DetectorFamily[];
      /** For a person: why it could not be told, and what to say. */
      readonly reasons: readonly string[];
    };

export type Hints = {
  /** Given by a person: taken at their word. */
  readonly family?: DetectorFamily;
  /** For models that take any size. */
  readonly size?: Size;
};

/** Tells a detector's family, input and classes. */
export function recogniseDetector(metadata: OnnxMetadata, hints: Hints = {}): Recognition {
  const ultralytics = readUltralyticsMetadata(metadata.properties);
  const task = ultralytics?.task ?? "detect";
  if (task !== "detect" && task !== "segment")
    return unknown([], `its metadata says that its task is "${task}", which is no detection`);
  const picture = pictureInput(metadata.inputs);
  if (picture === null)
    return unknown(
      [],
      `none of its inputs (${describePorts(metadata.inputs)}) takes a picture with three colours`,
    );
  if (picture.type !== "float32" && picture.type !== "uint8")
    return unknown([], `its input ${picture.name} takes ${picture.type}: export it with float32`);
  const size = sizeOf(picture, hints, ultralytics);
  const isSsd = metadata.outputs.some(({ name }) => /^detection_boxes(:\d+)?$/.test(name));
  if (size === null && !isSsd)
    return unknown(
      hints.family === undefined ? [] : [hints.family],
      `its input ${picture.name} takes any size: say the width and height it is to run with`,
    );
  // The graph of an SSD brings any size to its own.
  return decide(metadata, { picture, size: size ?? { width: 300, height: 300 }, hints, ultralytics });
}

type Known = {
  readonly picture: OnnxPort;
  readonly size: Size;
  readonly hints: Hints;
  readonly ultralytics: UltralyticsMetadata | null;
};

function decide(metadata: OnnxMetadata, { picture, size, hints, ultralytics }: Known): Recognition {
  const signs = findSigns({ outputs: metadata.outputs, size, ultralytics });
  const given = hints.family;
  const sign =
    given === undefined
      ? signs.length === 1
        ? signs[0]
        : undefined
      : (signs.find(({ family }) => family === given) ?? {
          family: given,
          classes: null,
          reason: "given by hand",
        });
  if (sign !== undefined) return draftOf(sign, { picture, size, ultralytics });
  const outputs = describePorts(metadata.outputs);
  if (signs.length > 1)
    return unknown(
      signs.map(({ family }) => family),
      ...signs.map(({ family, reason }) => `${family}: ${reason}`),
      "say which family it is of",
    );
  return unknown(
    [],
    `its outputs (${outputs}) are those of no family that is read here`,
    ...guesses(metadata, ultralytics),
  );
}

function draftOf(
  { family, classes, reason }: Sign,
  { picture, size, ultralytics }: Omit<Known, "hints">,
): Recognition {
  const { input, thresholds } = defaultsOf(family);
  const named = nameClasses(family, classes, ultralytics);
  return {
    draft: {
      family,
      classes: [...named.names],
      thresholds,
      input: {
        name: picture.name,
        ...size,
        layout: layoutOf(picture),
        type: picture.type === "uint8" ? "uint8" : "float32",
        ...input,
      },
    },
    reasons: [reason, named.reason],
  };
}

function nameClasses(
  family: DetectorFamily,
  count: number | null,
  ultralytics: UltralyticsMetadata | null,
): { readonly names: readonly string[]; readonly reason: string } {
  if (ultralytics?.names) return { names: ultralytics.names, reason: "class names from its metadata" };
  if (family === "ssd") return { names: cocoIdNames, reason: "classes assumed to be the 90 ids of COCO" };
  if (count === 80) return { names: cocoNames(), reason: "80 classes, assumed to be those of COCO" };
  if (family === "detr") return { names: cocoNames(), reason: "classes assumed to be the 80 of COCO" };
  const names = Array.from({ length: count ?? 0 }, (_, index) => `class ${index}`);
  return {
    names,
    reason: `its classes (${count ?? "nobody knows how many"}) have no names: name them in the manifest`,
  };
}

/** The input with three colours, first or last. */
function pictureInput(inputs: readonly OnnxPort[]): OnnxPort | null {
  return inputs.find(({ dims }) => dims.length === 4 && (dims[1] === 3 || dims[3] === 3)) ?? null;
}

function layoutOf({ dims }: OnnxPort): ModelInput["layout"] {
  return dims[1] === 3 ? "nchw" : "nhwc";
}

function sizeOf(port: OnnxPort, hints: Hints, ultralytics: UltralyticsMetadata | null): Size | null {
  const [height, width] = layoutOf(port) === "nchw" ? port.dims.slice(2) : port.dims.slice(1, 3);
  if (typeof width === "number" && typeof height === "number") return { width, height };
  return hints.size ?? ultralytics?.size ?? null;
}

/** What a person may have got hold of instead. */
function guesses({ outputs }: OnnxMetadata, ultralytics: UltralyticsMetadata | null): readonly string[] {
  const names = new Set(outputs.map(({ name }) => name));
  const only = outputs.length === 1 ? outputs[0] : undefined;
  if (ultralytics?.names)
    return [`its metadata names ${ultralytics.names.length} classes, which does not fit the outputs`];
  if (names.has("cls_8") && names.has("obj_8")) return ["it looks like YuNet, a detector of faces"];
  if (names.has("scores") && names.has("boxes")) return ["it looks like UltraFace, a detector of faces"];
  if (only?.dims.length === 4) return ["it looks like FastestDet, or a model without its last layers"];
  if (only?.dims.length === 2)
    return [`one vector of ${only.dims[1] ?? "some"} numbers: it may be an embedder or a classifier`];
  return [];
}

function unknown(candidates: readonly DetectorFamily[], ...reasons: readonly string[]): Recognition {
  return { draft: null, candidates, reasons };
}

function describePorts(ports: readonly OnnxPort[]): string {
  const described = ports.map(
    ({ name, type, dims }) => `${name} [${dims.map((dim) => dim ?? "?").join(", ")}] ${type}`,
  );
  return described.join(", ") || "none";
}
