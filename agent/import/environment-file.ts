// The `.env` of the working folder, as python-dotenv reads it for the existing tools, but for `$`, which is a character. The shell wins.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../credentials.ts";

const maxFileBytes = 65_536;

/** The environment with what `.env` in a folder adds to it. @throws Error when the file is there and cannot be read. */
export function withEnvironmentFile(env: Environment, folder: string): Environment {
  const path = join(folder, ".env");
  const text = readIfThere(path);
  if (text === null) return env;
  const added = [...readEnvironment(text, path)].filter(([name]) => env[name] === undefined);
  // The values of credential files are looked up when they are read, and stay so; one that has none now gives way to the file.
  return Object.defineProperties(
    {},
    {
      ...Object.getOwnPropertyDescriptors(env),
      ...Object.getOwnPropertyDescriptors(Object.fromEntries(added)),
    },
  ) as Environment;
}

function readIfThere(path: string): string | null {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > maxFileBytes)
      throw new Error(`expected at most ${maxFileBytes} bytes, got ${bytes.length}`);
    // Takes the byte order mark of Windows editors away, and refuses UTF-16, which older shells of Windows write.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return null;
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA")
      throw new Error(`${path}: expected UTF-8, got other bytes; save it as UTF-8`, { cause });
    throw new Error(`${path} cannot be read`, { cause });
  }
}

/** One statement: name, then a value in quotes (which may go over lines), or bare until the end of its line. */
const statement =
  /^[^\S\n]*(?:export[^\S\n]+)?([^\s=#'"]+)[^\S\n]*=[^\S\n]*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|([^\n'"][^\n]*|))(?=[^\S\n]*(?:#[^\n]*)?$)/gms;
/** Lines that say nothing: empty, a comment, a name without a value. */
const isSilent = /^\s*(?:#.*|(?:export\s+)?[^\s=#'"]+\s*(?:#.*)?)?$/;

/** Names and values; of a name that stands twice the last counts. @throws Error naming the line that is none, never its words. */
function readEnvironment(text: string, path: string): ReadonlyMap<string, string> {
  const lines = text.replaceAll(/\r\n?/g, "\n");
  const values = new Map<string, string>();
  let end = 0;
  const refuseBetween = (start: number): void => {
    const between = lines.slice(end, start).split("\n");
    const bad = between.findIndex((line) => !isSilent.test(line));
    if (bad < 0) return;
    const line = lines.slice(0, end).split("\n").length + bad;
    throw new Error(
      `${path} line ${line}: expected NAME=value, and a quote that opens the value to close it`,
    );
  };
  for (const { 0: all, 1: name, 2: single, 3: double, 4: bare, index } of lines.matchAll(statement)) {
    refuseBetween(index);
    end = index + all.length;
    values.set(name!, unescaped(single, double) ?? (bare ?? "").replace(/\s+#.*$/, "").trimEnd());
  }
  refuseBetween(lines.length);
  return values;
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** Single quotes know \\ and \', double ones also \", \n, \r and \t; any other backslash stands for itself. */
function unescaped(single: string | undefined, double: string | undefined): string | null {
  if (single !== undefined) return single.replaceAll(/\\([\\'])/g, "$1");
  if (double === undefined) return null;
  return double.replaceAll(/\\([\\'"nrt])/g, (_, letter: string) => escapes[letter] ?? letter);
}
