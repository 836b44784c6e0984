// What a program said on stderr before it failed, kept small, and what of it explains the failure.

export type LastWords = {
  readonly add: (line: string) => void;
  /** `problem` with the best explanation there is. */
  readonly with: (problem: string) => string;
};

/** @param options.explain what a known line means for a person, null for others; @param options.say each line, up to a bound. */
export function createLastWords(options: {
  readonly explain: (line: string) => string | null;
  readonly say: (line: string) => void;
}): LastWords {
  const last: string[] = [];
  let explained: string | null = null;
  let said = 0;
  return {
    add: (line) => {
      last.push(line);
      if (last.length > 3) last.shift();
      explained = options.explain(line) ?? explained;
      said += 1;
      if (said <= 100) options.say(line); // A flood on stderr must not become a flood of our own.
    },
    with: (problem) => {
      if (explained !== null) return `${explained} (${problem})`;
      return last.length === 0 ? problem : `${problem}; its last words: ${last.join(" | ")}`;
    },
  };
}
