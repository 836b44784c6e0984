// Reads a small JSON file that a person writes (session template, hardware description) and names everything wrong with it.
import { readFileSync, statSync } from "node:fs";

/** How a missing or broken settings file is taken. */
export type SettingsFileOptions = {
  /** Given: the problem is told to it and the reader goes on with an empty stand-in. */
  readonly lenient?: (problem: SettingsFileError) => void;
};

/** A settings file that cannot be used: which file, and every problem in it. */
export class SettingsFileError extends Error {
  override readonly name = "SettingsFileError";
  readonly path: string;
  readonly problems: readonly string[];
  constructor(path: string, problems: readonly string[], cause?: unknown) {
    super(`${path} cannot be used:\n${problems.map((problem) => `  ${problem}`).join("\n")}`, { cause });
    this.path = path;
    this.problems = problems;
  }
}

// A settings file is a few hundred bytes; whatever is bigger is the wrong file.
const maxBytes = 1 << 20;

/** Reads and parses; with `lenient`, `standIn` replaces what cannot be used. @throws SettingsFileError */
export function readJsonFile<T extends object, S extends object>(
  path: string,
  parse: (json: Readonly<Record<string, unknown>>) => T | { problems: readonly string[] },
  options: SettingsFileOptions,
  standIn: S,
): T | S {
  try {
    const parsed = parse(readObject(path));
    if ("problems" in parsed) throw new SettingsFileError(path, parsed.problems as readonly string[]);
    return parsed;
  } catch (thrown) {
    if (!(thrown instanceof SettingsFileError) || options.lenient === undefined) throw thrown;
    options.lenient(thrown);
    return standIn;
  }
}

function readObject(path: string): Record<string, unknown> {
  const text = readText(path);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new SettingsFileError(path, [`expected JSON, ${(cause as Error).message}`], cause);
  }
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new SettingsFileError(path, [`expected a JSON object, got ${describeValue(json)}`]);
  return json as Record<string, unknown>;
}

function readText(path: string): string {
  try {
    const { size } = statSync(path);
    if (size > maxBytes)
      throw new SettingsFileError(path, [`expected at most ${maxBytes} bytes, got ${size}`]);
    // Editors of Windows put a byte order mark in front.
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch (cause) {
    if (cause instanceof SettingsFileError) throw cause;
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new SettingsFileError(path, [missing ? "the file does not exist" : (cause as Error).message]);
  }
}

/** A value as a message shows it: JSON, cut at 80 characters; "nothing" when it is not there. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
