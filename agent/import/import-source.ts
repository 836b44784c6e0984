// Where sequences come from: the alert platform, or another annotation API. Each is one file beside this one.
import type { ImportDetection, ImportProblem, ImportSequence } from "./import-sequence.ts";
import type { ImportKey } from "./journal.ts";
import type { CameraView } from "./split-objects.ts";

/** How sure the platform's model of time is of a sequence; null: this source did not say. */
export type TemporalScore = {
  readonly temporal_model_score: number;
  readonly temporal_model_version: string | null;
  readonly temporal_api_version: string | null;
} | null;

/** A sequence that the source has, before anything of it is read. */
export type FoundSequence = {
  /** Id at the source. */
  readonly id: number;
  /** What it will be called at the annotation API. */
  readonly key: ImportKey;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Fingerprint of what would change, should the source get more of it. */
  readonly row: string;
  readonly score: TemporalScore;
};

/** What reading one sequence came to: itself, or the rules it breaks. */
export type SequenceRead =
  | { readonly sequence: ImportSequence; readonly refused: null }
  | { readonly sequence: null; readonly refused: readonly ImportProblem[] };

export type ImportSource = {
  /** For a person. */
  readonly name: string;
  /** Everything that was asked for, oldest first, and what could not be listed. */
  readonly list: () => Promise<{
    readonly found: readonly FoundSequence[];
    readonly problems: readonly ImportProblem[];
  }>;
  readonly read: (found: FoundSequence) => Promise<SequenceRead>;
  /** Where its camera looked. */
  readonly view: (found: FoundSequence) => CameraView;
  /** The picture of a detection, tried again where that may help. @throws SyncError */
  readonly picture: (detection: ImportDetection, signal: AbortSignal) => Promise<Uint8Array>;
  /** Called once a sequence and its annotation are there. @returns what went wrong with it. */
  readonly finish: (found: FoundSequence) => Promise<ImportProblem | null>;
};

/** `sequence 12`, as problems call it; of an object that was split off `sequence 12 (object 1000012001)`. */
export function nameOf({ id, key }: Pick<FoundSequence, "id" | "key">): string {
  return `sequence ${id}${key.alert_api_id === id ? "" : ` (object ${key.alert_api_id})`}`;
}
