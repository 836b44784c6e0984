// Conditions on words and on the letters of terms: match, match_phrase, wildcard, prefix.
import { analyse, lowerCase } from "./analyzer.ts";
import { allOf, anyOf, type Filter } from "./filter.ts";
import { keyStart } from "./postings.ts";
import { hasWords, type Target } from "./target.ts";
import { parseWildcard } from "./wildcard.ts";

/** How the words of a match combine. */
export type MatchOptions = {
  readonly operator: "or" | "and";
  /** How many of `count` optional words must be there; 0 and less mean any. */
  readonly least: (count: number) => number;
  /** What a text without any word matches. */
  readonly withoutWords: "none" | "all";
};

/** Documents with any (or all, or enough) of the words of `text`. */
export function matchFilter(target: Target, text: string, options: MatchOptions): Filter {
  const words = analyse(text);
  if (words.length === 0) return { type: options.withoutWords };
  const filters = words.map((word) => termOf(target.number, word));
  // As on the servers, how many must be there is not asked of a single word.
  if (filters.length === 1) return filters[0]!;
  if (options.operator === "or") return anyOf(filters, Math.max(1, options.least(filters.length)));
  // With `and` no word is optional, so that asking for some optional ones asks for too many.
  return options.least(0) > 0 ? { type: "none" } : allOf(filters);
}

/** Documents with the words of `text` one after the other in one value. */
export function phraseFilter(target: Target, text: string, withoutWords: "none" | "all"): Filter {
  const words = analyse(text);
  if (words.length === 0) return { type: withoutWords };
  const filters = words.map((word) => termOf(target.number, word));
  if (words.length === 1) return filters[0]!;
  // A phrase lies within one value, so the distinct whole values (few, for labels of a session share them) are asked in place of the documents.
  const inOrder: Filter = {
    type: "scan",
    field: target.wholeNumber,
    from: "",
    isPast: () => false,
    accepts: (value) => containsPhrase(analyse(String(value)), words),
    isSparse: true,
  };
  return allOf([...filters, inOrder]);
}

/** Documents with a term that begins with `prefix`. */
export function prefixFilter(target: Target, prefix: string, ignoreCase: boolean): Filter {
  if (!ignoreCase) return scanFrom(target, prefix, (term) => term.startsWith(prefix), true);
  const lower = lowerCase(prefix);
  return scanFrom(target, "", (term) => lowerCase(term).startsWith(lower));
}

/** Documents with a term that matches a wildcard pattern; on words the pattern is in lower case, as the words are. */
export function wildcardFilter(target: Target, pattern: string, ignoreCase: boolean): Filter {
  if (ignoreCase) {
    const wildcard = parseWildcard(lowerCase(pattern));
    return scanFrom(target, "", (term) => wildcard.matches(lowerCase(term)));
  }
  const wildcard = parseWildcard(hasWords(target.kind) ? lowerCase(pattern) : pattern);
  if (wildcard.isLiteral) return keywordFilter(target, wildcard.prefix);
  if (wildcard.isPrefix) return prefixFilter(target, wildcard.prefix, false);
  return scanFrom(target, wildcard.prefix, wildcard.matches);
}

/** Documents with exactly this term. */
export function keywordFilter(target: Target, text: string): Filter {
  return text.length > target.limit ? { type: "none" } : termOf(target.number, text);
}

/** Documents with this term, upper or lower case. */
export function foldedFilter(target: Target, text: string): Filter {
  const lower = lowerCase(text);
  return scanFrom(target, "", (term) => lowerCase(term) === lower);
}

function termOf(field: number, term: string): Filter {
  return { type: "term", field, term };
}

/** Terms that begin with `prefix` lie together in the index. */
function scanFrom(
  target: Target,
  prefix: string,
  accepts: (term: string) => boolean,
  acceptsAll = false,
): Filter {
  const from = keyStart(prefix);
  return {
    type: "scan",
    field: target.number,
    from,
    isPast: (term) => !String(term).startsWith(from),
    accepts: (term) => String(term).length <= target.limit && accepts(String(term)),
    isSparse: !acceptsAll,
  };
}

function containsPhrase(words: readonly string[], phrase: readonly string[]): boolean {
  for (let start = words.indexOf(phrase[0]!); start !== -1; start = words.indexOf(phrase[0]!, start + 1)) {
    if (phrase.every((word, index) => words[start + index] === word)) return true;
  }
  return false;
}
