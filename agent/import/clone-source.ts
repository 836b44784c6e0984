// Another annotation API as a source: its sequences as they are, annotated anew here, and parked there only once they are safe here.
import type {
  AnnotationApi,
  AnnotationRow,
  DetectionRow,
  Prediction,
  ProcessingStage,
  SequenceRow,
} from "../../sync/clients/annotation-api.ts";
import { SyncError } from "../../sync/errors.ts";
import { inParallel } from "../in-parallel.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { ImportDetection, ImportProblem, ImportSequence } from "./import-sequence.ts";
import { type FoundSequence, type ImportSource, nameOf } from "./import-source.ts";
import type { ImportOptions } from "./options.ts";
import { type Again, collect } from "./patience.ts";
import { byStart } from "./platform-source.ts";

export type CloneSourceDeps = {
  readonly from: AnnotationApi;
  readonly download: (url: string, signal: AbortSignal) => Promise<Uint8Array>;
  readonly options: ImportOptions;
  readonly again: Again;
  readonly signal: AbortSignal;
};

/** Stages that servers of today know; the others they take for no filter at all. */
const filteredStages: ReadonlySet<string> = new Set([
  "no_annotation",
  "imported",
  "ready_to_annotate",
  "seq_annotation_done",
  "annotated",
]);

export function createCloneSource(deps: CloneSourceDeps): ImportSource {
  const { from, download, options, again, signal } = deps;
  const rows = new Map<string, SequenceRow>();
  return {
    name: `annotation API ${from.url}`,
    list: async () => {
      const listed = await listRows(deps);
      for (const row of listed) rows.set(nameOfRow(row), row);
      return { found: listed.map(foundOf).toSorted(byStart), problems: missingOf(listed, options) };
    },
    read: async (found) => {
      const row = rows.get(nameOfRow(found.key))!;
      const detections = await again(`list detections of ${nameOf(found)}`, () =>
        collect(from.detections(row.id, signal)),
      );
      const kept = options.detectionsOrder === "asc" ? detections : detections.toReversed();
      const mapped: ImportDetection[] = [];
      await inParallel(
        kept.slice(0, options.detectionsLimit),
        options.maxWorkers,
        signal,
        async (detection) => {
          // A dry run needs no pictures.
          const url = options.dryRun
            ? null
            : await again(`address of detection ${detection.id}`, () =>
                from.pictureUrl(detection.id, signal),
              );
          mapped.push(mapDetection(detection, url));
        },
      );
      mapped.sort(
        (one, other) =>
          Date.parse(one.recorded_at) - Date.parse(other.recorded_at) ||
          one.alert_api_id - other.alert_api_id,
      );
      return { sequence: mapSequence(row, mapped), refused: null };
    },
    view: () => ({ azimuth: null, angleOfView: null }),
    picture: ({ alert_api_id, picture: { url } }, stop) =>
      again(`picture of detection ${alert_api_id}`, () => download(url ?? "", stop)),
    finish: (found) => park(rows.get(nameOfRow(found.key))!, found, deps),
  };
}

async function listRows({ from, options, again, signal }: CloneSourceDeps): Promise<readonly SequenceRow[]> {
  const stage = options.clone?.stage ?? "all";
  const { days, sequenceIds } = options;
  const rows = await again("list what is to be cloned", () =>
    collect(
      from.sequences(
        {
          ...(days === null
            ? {}
            : { recorded_at_gte: `${days.from}T00:00:00Z`, recorded_at_lte: `${days.end}T23:59:59.999999Z` }),
          ...(stage === "all" ? {} : { processing_stage: [stage as ProcessingStage] }),
        },
        signal,
      ),
    ),
  );
  const asked = sequenceIds === null ? null : new Set(sequenceIds);
  const wanted = rows.filter(({ alert_api_id }) => asked === null || asked.has(alert_api_id));
  if (stage === "all" || filteredStages.has(stage)) return wanted;
  const kept: SequenceRow[] = [];
  await inParallel(wanted, options.maxWorkers, signal, async (row) => {
    const annotation: AnnotationRow | null = await again(`stage of sequence ${row.id}`, () =>
      from.findAnnotation(row.id, signal),
    );
    if ((annotation?.processing_stage as string | undefined) === stage) kept.push(row);
  });
  return kept;
}

/** Ids of the list that are not there. */
function missingOf(rows: readonly SequenceRow[], { sequenceIds }: ImportOptions): readonly ImportProblem[] {
  const there = new Set(rows.map(({ alert_api_id }) => alert_api_id));
  return (sequenceIds ?? [])
    .filter((id) => !there.has(id))
    .map((id) => ({ of: `sequence ${id}`, problem: "not among those to be cloned" }));
}

function foundOf(row: SequenceRow): FoundSequence {
  return {
    id: row.alert_api_id,
    key: draftOf(row),
    startedAt: row.recorded_at,
    row: fingerprintOf({ id: row.id, created_at: row.created_at, last_seen_at: row.last_seen_at }),
    score: null,
  };
}

function mapSequence(row: SequenceRow, detections: readonly ImportDetection[]): ImportSequence {
  return { sourceId: row.alert_api_id, draft: draftOf(row), detections, problems: [] };
}

function nameOfRow({ source_api, alert_api_id }: Pick<SequenceRow, "source_api" | "alert_api_id">): string {
  return `${source_api} ${alert_api_id}`;
}

/** The row without what only its server knows. */
function draftOf(row: SequenceRow): ImportSequence["draft"] {
  const { id: _id, created_at: _created, sequence_group_id: _group, is_manual: _manual, ...rest } = row;
  const said = Object.entries(rest).filter(([, value]) => value !== null);
  return Object.fromEntries(said) as ImportSequence["draft"];
}

function mapDetection(row: DetectionRow, url: string | null): ImportDetection {
  const predictionsOf = (of: DetectionRow["algo_predictions"] | null | undefined): readonly Prediction[] =>
    (of?.predictions ?? []) as readonly Prediction[];
  const [others, auto] = [predictionsOf(row.others_bboxes), predictionsOf(row.auto_predictions)];
  return {
    alert_api_id: row.alert_api_id,
    recorded_at: row.recorded_at,
    algo_predictions: predictionsOf(row.algo_predictions),
    ...(others.length === 0 ? {} : { others_bboxes: others }),
    ...(auto.length === 0 ? {} : { auto_predictions: auto }),
    picture: { url, bucketKey: null },
  };
}

/**
 * Tells the source's reviewers that this one is done elsewhere: newer servers park the alert, older ones know the stage `under_annotation`.
 * @returns what went wrong: the sequence is here, but may be reviewed twice.
 */
async function park(
  row: SequenceRow,
  found: FoundSequence,
  { from, options, again, signal }: CloneSourceDeps,
): Promise<ImportProblem | null> {
  const { source_api, platform_alert_id } = row as SequenceRow & ImportSequence["draft"];
  const alert = {
    source_api,
    platform_alert_id: platform_alert_id ?? row.alert_api_id,
    note: `cloned to ${options.annotationUrl}`,
  };
  try {
    await again(`park ${nameOf(found)} at its source`, () => from.skipAlert(alert, signal));
    return null;
  } catch (cause) {
    if (!(cause instanceof SyncError)) throw cause;
    const isOlder = await markOlder(row, { from, again, signal });
    if (isOlder) return null;
    return {
      of: nameOf(found),
      problem: `it is here, but could not be parked at its source: ${cause.message}`,
    };
  }
}

async function markOlder(
  row: SequenceRow,
  { from, again, signal }: Pick<CloneSourceDeps, "from" | "again" | "signal">,
): Promise<boolean> {
  try {
    return await again(`mark sequence ${row.id} at its source`, async () => {
      const annotation = await from.findAnnotation(row.id, signal);
      if (annotation?.processing_stage !== "ready_to_annotate") return false;
      const { has_missed_smoke } = annotation;
      const change = { has_missed_smoke, processing_stage: "under_annotation" } as const;
      await from.updateAnnotation(annotation.id, change, signal);
      return true;
    });
  } catch (cause) {
    if (cause instanceof SyncError) return false; // the reason it could not be parked is told
    throw cause;
  }
}
