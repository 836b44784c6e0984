// The preview of an import for a person: a line a sequence, below it a line an object, and what has to be known.
import { oneLine, table } from "../remote-client/describe-answer.ts";
import type { PreviewCluster, SequencePreview } from "./preview.ts";

/** Problems of a sequence that are shown; --json has them all. */
const mostShown = 5;

/** Short, so that a line stays within the 80 columns of a terminal while nothing is there yet. */
const columns = ["id", "camera", "seen (UTC)", "facing", "pictures", "boxes", "objects", "there"];

export function describePreview(previews: readonly SequencePreview[]): string {
  if (previews.length === 0) return "nothing to preview";
  const [head, ...rows] = table(columns, previews.map(rowOf));
  return [head, ...previews.flatMap((preview, at) => [rows[at], ...detailsOf(preview)])].join("\n");
}

function rowOf(preview: SequencePreview): readonly string[] {
  const { sequence, alertApiId, camera, recordedAt, lastSeenAt, azimuth, there } = preview;
  return [
    alertApiId === sequence ? String(sequence) : `${sequence} as ${alertApiId}`,
    oneLine(camera),
    `${recordedAt.slice(0, 10)} ${minuteOf(recordedAt)}–${minuteOf(lastSeenAt)}`,
    azimuth === null ? "-" : `${azimuth}°`,
    String(preview.detections),
    String(preview.boxes),
    preview.clusters.length === 0 ? "none" : String(preview.clusters.length),
    there === null ? "new" : `${there.id}, ${there.stage ?? "no annotation"}`,
  ];
}

function detailsOf({ clusters, problems }: SequencePreview): readonly string[] {
  const more = problems.length - mostShown;
  return [
    ...clusters.map(describeCluster),
    ...problems.slice(0, mostShown).map(({ of, problem }) => `    note: ${oneLine(`${of}: ${problem}`)}`),
    ...(more > 0 ? [`    … and ${more} more (--json names all)`] : []),
  ];
}

function describeCluster({ frames, firstSeenAt, lastSeenAt, meanBox }: PreviewCluster, at: number): string {
  const box = meanBox.map((edge) => edge.toFixed(3)).join(" ");
  return `    object ${at + 1}: ${frames} picture${frames === 1 ? "" : "s"}, ${timeOf(firstSeenAt)} to ${timeOf(lastSeenAt)}, mean box ${box}`;
}

/** HH:MM of an ISO time. */
function minuteOf(iso: string): string {
  return iso.slice(11, 16);
}

/** HH:MM:SS of an ISO time. */
function timeOf(iso: string): string {
  return iso.slice(11, 19);
}
