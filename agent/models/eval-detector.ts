// How well a detector does on a folder of pictures with boxes: every picture decoded, detected and judged against what its list says.
import { readFile } from "node:fs/promises";
import type { Box } from "../../device/detection.ts";
import {
  type DetectionReport,
  evaluateDetections,
  type JudgedPicture,
} from "../../models/metrics/detection.ts";
import { decodePicture, PictureError } from "../../models/picture.ts";
import type { Detector, Found, Picture } from "../../models/vision.ts";
import type { Source, SourceBox, SourcePicture } from "../../sync/sources/source.ts";

export type DetectorEvaluation = {
  readonly detector: string;
  readonly data: string;
  readonly format: string;
  readonly report: DetectionReport;
  /** How the classes of the data were taken; the ones that are equal are not named. */
  readonly classes: Readonly<Record<string, string>>;
  /** What could not be looked at, by name, and why. */
  readonly skipped: readonly { readonly what: string; readonly reason: string }[];
};

export type EvalDetectorOptions = {
  readonly detector: Detector;
  readonly source: Source;
  readonly root: string;
  /** The confidence a person would use; not given: the manifest's. */
  readonly score?: number;
  /** Class of the data → class of the detector, where they differ. */
  readonly classes?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Told of every picture, with what was found at or above the confidence a person would use. */
  readonly onPicture?: (seen: { picture: SourcePicture; bytes: Uint8Array; found: readonly Found[] }) => void;
};

/** Low enough for the whole curve of precision over recall. */
const leastScore = 0.01;

/** Judges a detector. @throws ModelError when the model cannot run; what a single picture does wrong is skipped by name. */
export async function evalDetector(options: EvalDetectorOptions): Promise<DetectorEvaluation> {
  const { detector, source, root, signal } = options;
  const { manifest } = detector.model;
  const score = options.score ?? manifest.thresholds.score;
  const classOf = createClassMap(manifest.classes, options.classes ?? {});
  const judged: JudgedPicture[] = [];
  const skipped: { what: string; reason: string }[] = [];
  for await (const finding of source.read(root, { dataset: "eval", signal })) {
    if (finding.found === "skipped") skipped.push({ what: finding.what, reason: finding.reason });
    if (finding.found === "nothing") skipped.push({ what: root, reason: finding.reason });
    if (finding.found !== "picture") continue;
    try {
      const bytes = await readFile(finding.path);
      const picture = await decodePicture(bytes, { signal });
      const found = await detector.detect(picture, { signal, score: leastScore });
      const confident = found.filter(({ confidence }) => confidence >= score);
      options.onPicture?.({ picture: finding, bytes, found: confident });
      judged.push({
        found,
        truth: finding.subjects.flatMap(({ className, box, metadata }) =>
          className === null
            ? []
            : [
                {
                  className: classOf.map(className),
                  box: normalised(box, picture),
                  ignored: metadata.difficult === true || metadata.difficult === 1,
                },
              ],
        ),
      });
    } catch (cause) {
      if (signal.aborted || !(cause instanceof PictureError || isFileError(cause))) throw cause;
      skipped.push({ what: finding.relativePath, reason: cause.message });
    }
  }
  return {
    detector: manifest.id,
    data: root,
    format: source.format,
    report: evaluateDetections(judged, { score }),
    classes: classOf.renamed(),
    skipped,
  };
}

/** Edges of a box as shares of the picture; the whole picture when there is none. */
export function normalised(box: SourceBox | null, picture: Pick<Picture, "width" | "height">): Box {
  if (box === null) return { left: 0, top: 0, right: 1, bottom: 1 };
  const { width, height } = box.drawnOn ?? picture;
  return {
    left: box.left / width,
    top: box.top / height,
    right: (box.left + box.width) / width,
    bottom: (box.top + box.height) / height,
  };
}

/** A detector with one class ("animal") is asked whether it finds what the data calls by finer names. */
function createClassMap(known: readonly string[], given: Readonly<Record<string, string>>) {
  const renamed = new Map<string, string>();
  return {
    map: (name: string): string => {
      const to = given[name] ?? (known.includes(name) || known.length !== 1 ? name : known[0]!);
      if (to !== name) renamed.set(name, to);
      return to;
    },
    renamed: (): Readonly<Record<string, string>> => Object.fromEntries(renamed),
  };
}

function isFileError(cause: unknown): cause is Error {
  return cause instanceof Error && typeof (cause as NodeJS.ErrnoException).code === "string";
}

/** The evaluation for a person. */
export function describeDetectorEvaluation(evaluation: DetectorEvaluation): string {
  const { report, skipped, classes } = evaluation;
  const { at } = report;
  const percent = (share: number | null): string => (share === null ? "–" : `${(share * 100).toFixed(1)} %`);
  return [
    `${evaluation.detector} on ${report.pictures} pictures with ${report.objects} objects (${evaluation.format}, ${evaluation.data})`,
    ...Object.entries(classes).map(([from, to]) => `  "${from}" counts as "${to}"`),
    ...(report.objects > 0
      ? []
      : [
          `  read as "${evaluation.format}", the folder has no boxes to judge by: --format says what else it is`,
        ]),
    `  AP50 ${percent(report.ap50)}   AP50-95 ${percent(report.ap50to95)}`,
    `  at a confidence of ${at.score}: recall ${percent(at.recall)}, precision ${percent(at.precision)}, ${at.falseBoxesPerPicture.toFixed(2)} false boxes a picture, mean IoU ${at.meanIou?.toFixed(3) ?? "–"}`,
    ...(Object.keys(report.classes).length < 2
      ? []
      : Object.entries(report.classes).map(
          ([name, each]) =>
            `  ${name}: ${each.objects} objects, AP50 ${percent(each.ap50)}, AP50-95 ${percent(each.ap50to95)}`,
        )),
    ...(skipped.length === 0 ? [] : [`  skipped ${skipped.length}:`]),
    ...skipped.slice(0, 20).map(({ what, reason }) => `    ${what}: ${reason}`),
    ...(skipped.length > 20 ? [`    and ${skipped.length - 20} more`] : []),
  ].join("\n");
}
