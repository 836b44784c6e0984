// The configuration file as it was when an agent last ran well with it, so that a service starts also when somebody broke the file.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { makeFolder } from "../device/make-folder.ts";
import { replaceFile } from "../device/replace-file.ts";
import type { Values } from "./config-paths.ts";

const fileSchema = z.strictObject({
  version: z.literal(1),
  sha256: z.string(),
  values: z.record(z.string(), z.unknown()),
});

export const lastGoodFile = (data: string): string => join(data, "config-good.json");

/** The values of the file then; null: there are none that can be used. Never throws. */
export function readLastGood(data: string): Readonly<Values> | null {
  try {
    const { sha256, values } = fileSchema.parse(JSON.parse(readFileSync(lastGoodFile(data), "utf8")));
    return sha256 === sumOf(values) ? values : null;
  } catch {
    // Not there yet, or damaged: either way there is nothing to start with.
    return null;
  }
}

/** Keeps the values of a file that works; one that is kept already is not written again. @throws Error when the disk does not take it. */
export function keepLastGood(data: string, values: Readonly<Values>): void {
  const path = lastGoodFile(data);
  const text = `${JSON.stringify({ version: 1, sha256: sumOf(values), values })}\n`;
  if (existsSync(path) && readFileSync(path, "utf8") === text) return;
  makeFolder(data);
  // Camera addresses may hold passwords.
  replaceFile(path, text, { mode: 0o600 });
}

function sumOf(values: Readonly<Values>): string {
  return createHash("sha256").update(JSON.stringify(values)).digest("hex");
}
