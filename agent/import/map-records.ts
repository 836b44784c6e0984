// A sequence of the alert platform in the words of the annotation API. What cannot be said there is left out and told; a sequence that would
// be without its camera or organization is refused.
import { formatIso } from "../../sync/annotation/drafts.ts";
import { wholeDegrees } from "../../sync/annotation/whole-degrees.ts";
import type { NewSequence, SourceApi } from "../../sync/clients/annotation-api.ts";
import { wildfireKinds } from "../../sync/clients/annotation-rules.ts";
import type {
  PlatformCamera,
  PlatformDetection,
  PlatformOrganization,
  PlatformSequence,
} from "../../sync/clients/platform-api.ts";
import { parseUtc } from "../../sync/utc-time.ts";
import type { ImportProblem, ImportSequence } from "./import-sequence.ts";
import { type PictureOptions, picturesOf } from "./platform-pictures.ts";

export type PlatformRows = {
  readonly sequence: PlatformSequence;
  readonly detections: readonly PlatformDetection[];
};

export type MapOptions = PictureOptions & { readonly sourceApi: SourceApi };

/** A sequence that cannot go in at all, and why. */
export class RefusedSequence extends Error {
  override readonly name = "RefusedSequence";
  readonly problems: readonly ImportProblem[];

  constructor(problems: readonly ImportProblem[]) {
    super(problems.map(({ of, problem }) => `${of}: ${problem}`).join("; "));
    this.problems = problems;
  }
}

/** @param cameras by id. @param organizations by id. @throws RefusedSequence */
export function mapSequence(
  { sequence, detections: rows }: PlatformRows,
  cameras: ReadonlyMap<number, PlatformCamera>,
  organizations: ReadonlyMap<number, PlatformOrganization>,
  options: MapOptions,
): ImportSequence {
  const of = `sequence ${sequence.id}`;
  const refuse = (problem: string): never => {
    throw new RefusedSequence([{ of, problem }]);
  };
  const camera =
    cameras.get(sequence.camera_id) ??
    refuse(`expected a camera that the platform account can see, got camera_id ${sequence.camera_id}`);
  const organization =
    organizations.get(camera.organization_id) ??
    refuse(
      `expected an organization that the administrator can see, got organization_id ${camera.organization_id} of camera "${camera.name}"`,
    );
  const startedUs =
    parseUtc(sequence.started_at) ??
    refuse(`started_at: expected a time like 2026-07-01T10:00:00, got "${sequence.started_at}"`);
  const pictures = picturesOf(rows, options);
  const problems = [...pictures.problems];
  const note = (problem: string): void => void problems.push({ of, problem });
  const lastSeenUs = parseUtc(sequence.last_seen_at);
  if (lastSeenUs === null)
    note(`last_seen_at: expected a time, got "${sequence.last_seen_at}"; the start is used`);
  const draft: NewSequence = {
    source_api: options.sourceApi,
    alert_api_id: sequence.id,
    platform_alert_id: sequence.id,
    camera_name: camera.name,
    camera_id: camera.id,
    organisation_name: organization.name,
    organisation_id: organization.id,
    lat: camera.lat,
    lon: camera.lon,
    recorded_at: formatIso(startedUs),
    last_seen_at: formatIso(lastSeenUs ?? startedUs),
    ...azimuthOf(sequence, note),
    ...kindOf(sequence, note),
    ...temporalScoreOf(sequence, note),
  };
  return { sourceId: sequence.id, draft, detections: pictures.detections, problems };
}

type Note = (problem: string) => void;

function azimuthOf({ camera_azimuth: azimuth }: PlatformSequence, note: Note): Pick<NewSequence, "azimuth"> {
  if (azimuth === null || azimuth === undefined) return {};
  if (Number.isFinite(azimuth)) return { azimuth: wholeDegrees(azimuth) };
  note(`camera_azimuth: expected degrees, got ${azimuth}; left out`);
  return {};
}

function kindOf(
  { is_wildfire: kind }: PlatformSequence,
  note: Note,
): Pick<NewSequence, "is_wildfire_alertapi"> {
  if (kind === null || kind === undefined) return {};
  const known = wildfireKinds.find((each) => each === kind);
  if (known !== undefined) return { is_wildfire_alertapi: known };
  note(`is_wildfire: expected one of ${wildfireKinds.join(", ")}, got ${JSON.stringify(kind)}; left out`);
  return {};
}

/** Versions are at most so long there, characters. */
const maxVersion = 32;

/** Never scored is no score: an absent one is not sent, for 0 would say that there is nothing. */
function temporalScoreOf(sequence: PlatformSequence, note: Note): Partial<NewSequence> {
  const { temporal_model_score: score } = sequence;
  if (score === null || score === undefined) return {};
  const version = (field: "temporal_model_version" | "temporal_api_version"): Partial<NewSequence> => {
    const given = sequence[field];
    if (given === null || given === undefined) return {};
    if ([...given].length <= maxVersion) return { [field]: given };
    note(`${field}: expected at most ${maxVersion} characters, got "${given}"; left out`);
    return {};
  };
  return {
    temporal_model_score: score,
    ...version("temporal_model_version"),
    ...version("temporal_api_version"),
  };
}
