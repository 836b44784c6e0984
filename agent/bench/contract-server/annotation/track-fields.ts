// Tracks as the annotation API takes them: one object over the pictures of a sequence.
import {
  blameValue,
  listOf,
  nullable,
  object,
  oneOf,
  optional,
  type Reader,
  required,
  whole,
  yesOrNo,
} from "../fields.ts";
import { xyxyn } from "./boxes.ts";
import type { TrackRow } from "./generate-tracks.ts";

export const smokeTypes = ["wildfire", "industrial", "other"] as const;
export const falsePositiveTypes = [
  "antenna",
  "building",
  "cliff",
  "combine_harvester",
  "dark",
  "dust",
  "high_cloud",
  "low_cloud",
  "lens_flare",
  "lens_droplet",
  "light",
  "rain",
  "trail",
  "road",
  "sky",
  "tree",
  "water_body",
  "other",
  "unlabeled",
] as const;

const trackFields = object({
  is_smoke: required(yesOrNo),
  smoke_type: optional(nullable(oneOf(smokeTypes)), null),
  false_positive_types: optional(listOf(oneOf(falsePositiveTypes)), []),
  bboxes: required(listOf(object({ detection_id: required(whole), xyxyn: required(xyxyn) }))),
});

export const oneObject =
  "A plume that forks into two strands and rejoins is one object — box it once. A persistent second plume is a separate object, with its own annotation track.";

/** At most one box a detection. */
const track: Reader<TrackRow> = (value, place) => {
  const before = place.problems.length;
  const read = trackFields(value, place);
  if (place.problems.length > before) return read;
  const ids = read.bboxes.map((box) => box.detection_id);
  const repeated = [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))].toSorted((a, b) => a - b);
  if (repeated.length === 0) return read;
  const words = `At most one box is allowed per detection within a sequence bbox (detection_id repeated: [${repeated.join(", ")}]).`;
  return blameValue(place, value, `${words} ${oneObject}`);
};

/** The `annotation` of an annotation. */
export const tracksField = object({ sequences_bbox: required(listOf(track)) });
