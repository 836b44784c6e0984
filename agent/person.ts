// How a verb talks with whoever started it: questions, sentences and progress. Scripts make one for a terminal, tests their own.

/** A running count of something with a known end. */
export type ProgressBar = {
  /** One more is done. */
  readonly step: () => void;
  /** Nothing more will come; may be called twice. */
  readonly end: () => void;
};

/** Who asked for the work. */
export type Person = {
  /** true: yes. false: no, or nobody there who could say yes. */
  readonly confirm: (question: string) => Promise<boolean>;
  /** One line of text without its end; null: nobody there who could give one. */
  readonly ask: (question: string) => Promise<string | null>;
  /** News or a warning; never part of the result. */
  readonly tell: (sentence: string) => void;
  readonly progress: (title: string, total: number) => ProgressBar;
};

/** The sentence with at most `limit` of `ids`, so that 10 000 of them do not scroll the rest away. */
export function listIds(ids: readonly string[], limit = 10): string {
  return ids.length <= limit
    ? ids.join(", ")
    : `${ids.slice(0, limit).join(", ")} and ${ids.length - limit} more`;
}
