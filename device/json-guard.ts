// Looks over JSON text before it is parsed: nesting that is too deep is refused, and top-level names given twice are
// found, of which JSON.parse() would silently keep only the last.

/** What the text holds that parsing would not show. */
export type JsonGuardReport = {
  /** Names that occur more than once in the outermost object, each once. */
  readonly repeatedNames: readonly string[];
};

/**
 * Scans JSON text once; it says nothing on whether the text is valid.
 * @throws RangeError when brackets nest deeper than `maxDepth`.
 */
export function guardJson(text: string, maxDepth: number): JsonGuardReport {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === openBrace || char === openBracket) {
      depth += 1;
      if (depth > maxDepth)
        throw new RangeError(`Expected JSON nested at most ${maxDepth} deep, got more at character ${at}`);
    } else if (char === closeBrace || char === closeBracket) depth -= 1;
    else if (char === quote) {
      const end = endOfString(text, at);
      if (depth === 1 && isName(text, end)) {
        const name = text.slice(at, end + 1);
        if (seen.has(name)) repeated.add(name);
        seen.add(name);
      }
      at = end;
    }
  }
  return { repeatedNames: [...repeated].map(unquote) };
}

const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const quote = 0x22;
const backslash = 0x5c;

/** Index of the quote that closes the string opened at `start`; the text's length when none does. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === backslash) slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return text.length;
}

/** A string is a name when a colon follows it. */
function isName(text: string, end: number): boolean {
  let at = end + 1;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at += 1;
  return text[at] === ":";
}

function unquote(name: string): string {
  try {
    return String(JSON.parse(name));
  } catch {
    return name; // Broken escapes: the parser will refuse the whole text and say where.
  }
}
