// Wildcard patterns: `*` is any text, `?` any one character, `\` takes the next character as it is.

type Part =
  | { readonly kind: "any" | "one"; readonly character: null }
  | { readonly kind: "character"; readonly character: string };

/** A pattern ready to match. */
export type Wildcard = {
  /** What every match begins with. */
  readonly prefix: string;
  /** Whether the prefix is the whole pattern. */
  readonly isLiteral: boolean;
  /** Whether the prefix and anything after it is all that is asked. */
  readonly isPrefix: boolean;
  readonly matches: (text: string) => boolean;
};

/** Reads a wildcard pattern. Matching takes at most pattern × text steps, whatever the pattern. */
export function parseWildcard(pattern: string): Wildcard {
  const parts = parseParts(pattern);
  const firstWild = parts.findIndex((part) => part.kind !== "character");
  const isLiteral = firstWild === -1;
  const prefix = lettersOf(isLiteral ? parts : parts.slice(0, firstWild));
  const suffix = lettersOf(parts.slice(parts.findLastIndex((part) => part.kind !== "character") + 1));
  return {
    prefix,
    isLiteral,
    isPrefix: !isLiteral && parts.slice(firstWild).every((part) => part.kind === "any"),
    // Most terms of a walk already fail at their ends.
    matches: (text) => text.startsWith(prefix) && text.endsWith(suffix) && matchParts(parts, [...text]),
  };
}

function lettersOf(parts: readonly Part[]): string {
  return parts.map((part) => part.character).join("");
}

function parseParts(pattern: string): Part[] {
  const parts: Part[] = [];
  let escaped = false;
  for (const character of pattern) {
    if (escaped) parts.push({ kind: "character", character });
    else if (character === "*") parts.push({ kind: "any", character: null });
    else if (character === "?") parts.push({ kind: "one", character: null });
    else if (character !== "\\") parts.push({ kind: "character", character });
    escaped = !escaped && character === "\\";
  }
  if (escaped) parts.push({ kind: "character", character: "\\" });
  return parts;
}

/** Greedy with one point of return: after a mismatch the last `*` takes one character more. */
function matchParts(parts: readonly Part[], characters: readonly string[]): boolean {
  let part = 0;
  let lastAny = -1;
  let resumeAt = 0;
  for (let at = 0; at < characters.length; ) {
    const wanted = parts[part];
    if (wanted?.kind === "any") {
      lastAny = part;
      resumeAt = at;
      part += 1;
    } else if (wanted?.kind === "one" || (wanted !== undefined && wanted.character === characters[at])) {
      part += 1;
      at += 1;
    } else if (lastAny !== -1) {
      part = lastAny + 1;
      resumeAt += 1;
      at = resumeAt;
    } else return false;
  }
  while (parts[part]?.kind === "any") part += 1;
  return part === parts.length;
}
