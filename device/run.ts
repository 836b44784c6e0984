// A run: one stretch of recording, from start to stop.
import type { Moment } from "./clock.ts";
import type { SessionTemplate } from "./label.ts";

export type RunRecord = {
  /** ULID. */
  readonly id: string;
  readonly startedAt: Moment;
  /** null while it goes on, or when the process died in it. */
  readonly endedAt: Moment | null;
  readonly session: SessionTemplate;
  /** `<event>/<YYYYMMDD>` of all its frames. */
  readonly prefix: string;
  /** Folder (absolute) that its pictures and labels are left in when it ends; null: none. Runs of the first stores do not say. */
  readonly output?: string | null;
  readonly frames: number;
  readonly labels: number;
  readonly marks: readonly RunMark[];
};

/** A moment a person marked as worth looking at. */
export type RunMark = { readonly at: Moment; readonly note: string };
