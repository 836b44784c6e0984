// Reads a Python literal as exporters write them into metadata: "{0: 'smoke'}", "[640, 640]", "True". Data only, never code.

export type PythonValue =
  | string
  | number
  | boolean
  | null
  | readonly PythonValue[]
  | ReadonlyMap<PythonValue, PythonValue>;

/** Nesting of real metadata is two or three. */
const deepest = 16;

const words: ReadonlyMap<string, PythonValue> = new Map<string, PythonValue>([
  ["True", true],
  ["False", false],
  ["None", null],
]);

/** undefined: not a literal. Tuples and lists are arrays. */
export function parsePythonLiteral(text: string): PythonValue | undefined {
  let at = 0;
  try {
    const value = parse(0);
    skipSpace();
    return at === text.length ? value : undefined;
  } catch (error) {
    if (error instanceof NotALiteral) return undefined;
    throw error;
  }

  function parse(depth: number): PythonValue {
    skipSpace();
    const first = text[at];
    if (first === undefined || depth > deepest) throw new NotALiteral();
    if (first === "{") return parseDictionary(depth);
    if (first === "[") return parseList("]", depth);
    if (first === "(") return parseList(")", depth);
    if (first === "'" || first === '"') return parseString(first);
    return parseWord();
  }

  function parseDictionary(depth: number): ReadonlyMap<PythonValue, PythonValue> {
    const entries = new Map<PythonValue, PythonValue>();
    parseItems("}", () => {
      const key = parse(depth + 1);
      skipSpace();
      if (text[at++] !== ":") throw new NotALiteral();
      entries.set(key, parse(depth + 1));
    });
    return entries;
  }

  function parseList(end: string, depth: number): readonly PythonValue[] {
    const items: PythonValue[] = [];
    parseItems(end, () => {
      items.push(parse(depth + 1));
    });
    return items;
  }

  /** Items between commas; one behind the last is allowed. */
  function parseItems(end: string, parseItem: () => void): void {
    at += 1;
    for (;;) {
      skipSpace();
      if (text[at] === end) break;
      parseItem();
      skipSpace();
      if (text[at] === ",") at += 1;
      else if (text[at] !== end) throw new NotALiteral();
    }
    at += 1;
  }

  function parseString(quote: string): string {
    at += 1;
    let value = "";
    for (;;) {
      const character = text[at++];
      if (character === undefined || character === "\n") throw new NotALiteral();
      if (character === quote) return value;
      value += character === "\\" ? parseEscape() : character;
    }
  }

  function parseEscape(): string {
    const letter = text[at++];
    const digits = { x: 2, u: 4, U: 8 }[letter ?? ""];
    if (digits === undefined)
      return { n: "\n", t: "\t", r: "\r", "\\": "\\", "'": "'", '"': '"' }[letter ?? ""] ?? `\\${letter}`;
    const code = Number.parseInt(text.slice(at, at + digits), 16);
    at += digits;
    if (!(code <= 0x10ffff)) throw new NotALiteral();
    return String.fromCodePoint(code);
  }

  function parseWord(): PythonValue {
    const word = /^[\w.+-]+/.exec(text.slice(at, at + 40))?.[0] ?? "";
    at += word.length;
    const known = words.get(word);
    if (known !== undefined) return known;
    if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(word)) throw new NotALiteral();
    return Number(word);
  }

  function skipSpace(): void {
    while (at < text.length && " \t\r\n".includes(text[at]!)) at += 1;
  }
}

class NotALiteral extends Error {
  override readonly name = "NotALiteral";
}
