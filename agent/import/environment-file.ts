// The `.env` of the working folder, as the existing tools read it: quotes are understood, `$` is a character, and the shell wins.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import type { Environment } from "../credentials.ts";

const maxFileBytes = 65_536;

/** The environment with what `.env` in a folder adds to it. @throws Error when the file is there and cannot be read. */
export function withEnvironmentFile(env: Environment, folder: string): Environment {
  const path = join(folder, ".env");
  const text = readIfThere(path);
  if (text === null) return env;
  if (text.length > maxFileBytes)
    throw new Error(`${path}: expected at most ${maxFileBytes} bytes, got ${text.length}`);
  const added = Object.entries(parseEnv(text)).filter(([name]) => env[name] === undefined);
  // The values of credential files are looked up when they are read, and stay so.
  return Object.defineProperties(
    Object.fromEntries(added),
    Object.getOwnPropertyDescriptors(env),
  ) as Environment;
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new Error(`${path} cannot be read`, { cause });
  }
}
