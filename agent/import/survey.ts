// What is there already: the sequences of the time asked for, and which of them have no annotation, in two cheap lists.
import type { AnnotationApi, SequenceRow } from "../../sync/clients/annotation-api.ts";
import type { FoundSequence } from "./import-source.ts";
import type { ImportKey } from "./journal.ts";
import { type Again, collect } from "./patience.ts";

export type Survey = {
  /** null: not there. */
  readonly row: (key: ImportKey) => SequenceRow | null;
  readonly hasAnnotation: (row: SequenceRow) => boolean;
};

/** What we name in milliseconds the service has in microseconds. */
const marginMs = 1;

/** Looks once. @param found what may be there; nothing is asked when it is empty. */
export async function survey(
  found: readonly FoundSequence[],
  {
    api,
    again,
    signal,
  }: { readonly api: Pick<AnnotationApi, "sequences">; readonly again: Again; readonly signal: AbortSignal },
): Promise<Survey> {
  // One without a time is refused when it is read.
  const times = found.map(({ startedAt }) => Date.parse(startedAt)).filter(Number.isFinite);
  if (times.length === 0) return surveyOf([], []);
  const range = {
    recorded_at_gte: timeOf(times.reduce((one, other) => Math.min(one, other))),
    recorded_at_lte: timeOf(times.reduce((one, other) => Math.max(one, other)) + marginMs),
  };
  const rows = await again("list what is there", () => collect(api.sequences(range, signal)));
  const bare = await again("list what has no annotation", () =>
    collect(api.sequences({ ...range, processing_stage: ["no_annotation"] }, signal)),
  );
  return surveyOf(rows, bare);
}

function surveyOf(rows: readonly SequenceRow[], bare: readonly SequenceRow[]): Survey {
  const byKey = new Map(rows.map((row) => [nameOfKey(row), row]));
  const bareIds = new Set(bare.map(({ id }) => id));
  return {
    row: (key) => byKey.get(nameOfKey(key)) ?? null,
    hasAnnotation: ({ id }) => !bareIds.has(id),
  };
}

function nameOfKey({ source_api, alert_api_id }: Pick<SequenceRow, "source_api" | "alert_api_id">): string {
  return `${source_api} ${alert_api_id}`;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
