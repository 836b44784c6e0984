// What is there already: the sequences of the time asked for, and which of them have no annotation, in two cheap lists.
import type { AnnotationApi, SequenceRow } from "../../sync/clients/annotation-api.ts";
import type { FoundSequence } from "./import-source.ts";
import type { ImportKey } from "./journal.ts";
import { type Again, collect } from "./patience.ts";

export type Survey = {
  /** null: not there. */
  readonly row: (key: ImportKey) => SequenceRow | null;
  readonly hasAnnotation: (row: SequenceRow) => boolean;
  readonly rows: readonly SequenceRow[];
};

const dayMs = 86_400_000;

/** Looks once. @param found what may be there; nothing is asked when it is empty. */
export async function survey(
  found: readonly FoundSequence[],
  deps: {
    readonly api: Pick<AnnotationApi, "sequences">;
    readonly again: Again;
    readonly signal: AbortSignal;
  },
): Promise<Survey> {
  if (found.length === 0) return surveyOf([], []);
  const times = found.map(({ startedAt }) => Date.parse(startedAt));
  // An object that was split off begins later than its sequence.
  const last = times.reduce((one, other) => Math.max(one, other)) + dayMs;
  const first = times.reduce((one, other) => Math.min(one, other));
  return await surveyBetween({ first: timeOf(first), last: timeOf(last) }, deps);
}

/** Of everything that began between two moments, ISO 8601. */
export async function surveyBetween(
  { first, last }: { readonly first: string; readonly last: string },
  {
    api,
    again,
    signal,
  }: { readonly api: Pick<AnnotationApi, "sequences">; readonly again: Again; readonly signal: AbortSignal },
): Promise<Survey> {
  const range = { recorded_at_gte: first, recorded_at_lte: last };
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
    rows,
  };
}

function nameOfKey({ source_api, alert_api_id }: Pick<SequenceRow, keyof ImportKey>): string {
  return `${source_api} ${alert_api_id}`;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
