// Splits text into searchable words as the standard analyser of the servers does: Unicode word boundaries (UAX #29), lower case.

// Combining marks and format characters stay with the letter before them (rule WB4); a zero width space does not.
const attached = "(?:(?!\\u200B)[\\p{M}\\p{Cf}])*";
// Scripts without spaces between words: ideographs and Hiragana stand alone, South-East Asian runs stay whole.
const single = "[\\p{sc=Han}\\p{sc=Hira}]";
const run =
  "\\p{sc=Thai}\\p{sc=Laoo}\\p{sc=Khmr}\\p{sc=Mymr}\\p{sc=Tale}\\p{sc=Talu}\\p{sc=Lana}\\p{sc=Tavt}\\p{sc=Ahom}";
const katakana = `[\\p{sc=Kana}\\u30FC\\u3031-\\u3035\\u309B\\u309C\\u30A0]${attached}`;
const letter = `(?!${single}|[\\p{sc=Kana}${run}\\u3006\\u30FC\\p{M}])\\p{Alphabetic}${attached}`;
const hebrew = `\\p{sc=Hebr}${attached}`;
const digit = `[\\p{Nd}\\u066B]${attached}`;
// MidLetter, MidNum and what may stand in both (rules WB6, WB7, WB11, WB12): "o'clock", "3.14", but not a full stop at the end.
const inLetters = `[:·․‧︓﹕：\\u0387\\u055F\\u05F4.‘’﹒＇．']${attached}`;
const inDigits = `[,;\\u037E\\u0589\\u060C\\u060D\\u066C\\u07F8\\u2044︐︔﹐﹔，；.‘’․﹒＇．']${attached}`;
const connector = `[\\p{Pc}\\u202F]${attached}`;

// Between Hebrew letters a double quote marks an abbreviation; after one, a single quote a foreign sound (rules WB7a–c).
const abbreviated = `${hebrew}"${attached}(?=${hebrew})|${hebrew}'${attached}(?!${letter})|${letter}`;
const alphanumeric = `(?:(?:${abbreviated})(?:(?:${inLetters}(?=${letter}))?(?:${abbreviated}))*|${digit}(?:(?:${inDigits})?${digit})*)+`;
const body = `(?:${alphanumeric}|(?:${katakana})+)`;
const word = `(?:${connector})*${body}(?:(?:${connector})+${body})*(?:${connector})*`;
// Flags, keys such as 1️⃣, and pictures joined to one by zero width joiners.
const picture = "\\p{Extended_Pictographic}(?:(?![\\u200B\\u200D])[\\p{M}\\p{Cf}\\p{EMod}])*";
const emoji = `\\u200D*(?:\\p{RI}${attached}\\p{RI}|${picture}(?:\\u200D+${picture})*)${attached}`;
const key = `[0-9#*]\\uFE0F?\\u20E3(?!${letter}|${digit})`;
// Runs that are no word by themselves are passed over at once, or each of their characters would be tried as a word's beginning.
const nothing = `((?:${connector})+|\\u200D+)`;
const wordPattern = new RegExp(
  `${key}|${word}|${single}${attached}|(?:[${run}]${attached})+|${emoji}|${nothing}`,
  "gu",
);

/** The longest word the standard analyser makes, in UTF-16 units; a longer one is cut into pieces. */
const maxWordLength = 255;

/** The words of `text`, lower case, in order; a word's place in the list is its position for phrases. */
export function analyse(text: string): string[] {
  const words: string[] = [];
  for (const [found, skipped] of text.matchAll(wordPattern)) {
    if (skipped !== undefined) continue;
    for (let at = 0; at < found.length; at += maxWordLength) {
      words.push(lowerCase(found.slice(at, at + maxWordLength)));
    }
  }
  return words;
}

/** Lower case one character at a time, as the servers do it: no special final sigma, a dotted capital I becomes a plain i. */
export function lowerCase(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII, where the short way is exact.
  if (/^[\x00-\x7F]*$/.test(text)) return text.toLowerCase();
  let lower = "";
  for (const character of text) lower += character === "İ" ? "i" : character.toLowerCase();
  return lower;
}
