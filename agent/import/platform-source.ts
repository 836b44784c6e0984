// The alert platform as a source: its sequences by day or by id, its rows in the words of the annotation API.
import type {
  PlatformApi,
  PlatformCamera,
  PlatformDetection,
  PlatformOrganization,
  PlatformSequence,
} from "../../sync/clients/platform-api.ts";
import type { Person } from "../person.ts";
import { daysBetween } from "./days.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { Gone } from "./gone.ts";
import type { ImportProblem } from "./import-sequence.ts";
import type { FoundSequence, ImportSource, SequenceRead } from "./import-source.ts";
import { listDays } from "./list-days.ts";
import { listIds } from "./list-ids.ts";
import { mapSequence, RefusedSequence } from "./map-records.ts";
import type { ImportOptions } from "./options.ts";
import type { Again } from "./patience.ts";

export type PlatformSourceDeps = {
  readonly platform: PlatformApi;
  readonly options: ImportOptions;
  readonly again: Again;
  readonly gone: Gone;
  readonly person: Pick<Person, "progress">;
  readonly signal: AbortSignal;
};

/** Rows that one picture more may have: it has one for each box. */
const spareRows = 10;
/** The platform takes five boxes a picture; a picture of more rows than these has no end of them. */
const mostRowsOfPicture = 20;

/** Reads cameras and organizations, then is ready. @throws SyncError */
export async function openPlatformSource(deps: PlatformSourceDeps): Promise<ImportSource> {
  const { platform, options, again, signal } = deps;
  const cameras = byId<PlatformCamera>(await again("list cameras", () => platform.cameras(signal)));
  const organizations = byId<PlatformOrganization>(
    await again("list organizations", () => platform.organizations(signal)),
  );
  const rows = new Map<number, PlatformSequence>();
  return {
    name: `alert platform ${platform.url}`,
    list: async () => {
      const { rows: listed, problems } = await listRows(deps);
      for (const row of listed) rows.set(row.id, row);
      const found = [...rows.values()].map((row) => foundOf(row, options));
      return { found: found.toSorted(byStart), problems };
    },
    read: async ({ id }) => {
      const detections = await readDetections(id, deps);
      return mapped(() =>
        mapSequence({ sequence: rows.get(id)!, detections }, cameras, organizations, {
          sourceApi: options.sourceApi,
          times: "recorded",
          limit: options.detectionsLimit,
        }),
      );
    },
    view: ({ id }) => {
      const { camera_id, camera_azimuth } = rows.get(id)!;
      return { azimuth: camera_azimuth ?? null, angleOfView: cameras.get(camera_id)?.angle_of_view ?? null };
    },
    picture: ({ alert_api_id, picture: { url } }, stop) =>
      again(`picture of detection ${alert_api_id}`, () => platform.picture(url ?? "", stop)),
    finish: async () => null,
  };
}

async function listRows(deps: PlatformSourceDeps): Promise<{
  readonly rows: readonly PlatformSequence[];
  readonly problems: readonly ImportProblem[];
}> {
  const { days, sequenceIds } = deps.options;
  if (sequenceIds !== null) return await listIds(sequenceIds, days, deps);
  return await listDays(days === null ? [] : daysBetween(days.from, days.end), deps);
}

function foundOf(row: PlatformSequence, { sourceApi }: ImportOptions): FoundSequence {
  const { id, started_at, last_seen_at, detections_count } = row;
  const score = row.temporal_model_score ?? null;
  return {
    id,
    key: { source_api: sourceApi, alert_api_id: id, platform_alert_id: id },
    startedAt: `${started_at}Z`.replace(/(Z|[+-]\d\d:?\d\d)Z$/, "$1"),
    row: fingerprintOf({ last_seen_at, detections_count }),
    score:
      score === null
        ? null
        : {
            temporal_model_score: score,
            temporal_model_version: row.temporal_model_version ?? null,
            temporal_api_version: row.temporal_api_version ?? null,
          },
  };
}

/** As many rows as the asked number of pictures needs, which is known only when they are there. */
async function readDetections(
  id: number,
  { platform, options, again, signal }: PlatformSourceDeps,
): Promise<readonly PlatformDetection[]> {
  const { detectionsLimit, detectionsOrder: order } = options;
  const most = (detectionsLimit + 1) * mostRowsOfPicture;
  for (let limit = detectionsLimit + spareRows; ; limit = Math.min(limit * 2, most)) {
    const rows = await again(`list detections of sequence ${id}`, () =>
      platform.detectionsOf(id, { limit, order }, signal),
    );
    const pictures = new Set(rows.map(({ bucket_key }) => bucket_key)).size;
    // One more than asked for: the last picture may have rows behind the end of the list.
    if (rows.length < limit || pictures > detectionsLimit || limit === most) return rows;
  }
}

function mapped(map: () => SequenceRead["sequence"]): SequenceRead {
  try {
    return { sequence: map()!, refused: null };
  } catch (cause) {
    if (cause instanceof RefusedSequence) return { sequence: null, refused: cause.problems };
    throw cause;
  }
}

/** Oldest first; of one moment by id. */
export function byStart(one: FoundSequence, other: FoundSequence): number {
  return Date.parse(one.startedAt) - Date.parse(other.startedAt) || one.id - other.id;
}

function byId<T extends { readonly id: number }>(rows: readonly T[]): ReadonlyMap<number, T> {
  return new Map(rows.map((row) => [row.id, row]));
}
