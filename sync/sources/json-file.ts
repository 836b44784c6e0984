// A JSON file of a data set: read with bounds, for somebody else wrote it.
import { readFile, stat } from "node:fs/promises";
import type { z } from "zod";
import { guardJson } from "../../device/json-guard.ts";

/** The largest that published sets have is some 100 MB. */
const maxBytes = 400_000_000;
const maxDepth = 64;

/** Reads and checks a JSON file. @throws Error naming rule and value. */
export async function readJsonFile<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const { size } = await stat(path);
  if (size > maxBytes) throw new Error(`expected at most ${maxBytes} bytes, got ${size}`);
  const text = await readFile(path, "utf8");
  guardJson(text, maxDepth);
  const parsed = schema.safeParse(parseText(text.replace(/^\uFEFF/, "")));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${issue!.path.join(".") || "(top)"}: ${issue!.message}`);
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // Python's json writes NaN, which is no JSON.
    if (/[:[,]\s*NaN\b/.test(text)) return JSON.parse(text.replace(/([:[,]\s*)NaN\b/g, "$1null"));
    throw new Error(`is no JSON: ${(cause as Error).message}`, { cause });
  }
}
