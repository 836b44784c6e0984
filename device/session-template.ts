// session_template.json: what is common to all frames of a session. One file in each picture folder; the last one used is
// kept in a cache folder under the same name.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SessionTemplate } from "./label.ts";
import { makeFolder } from "./make-folder.ts";
import { replaceFile } from "./replace-file.ts";
import { describeValue, readJsonFile, SettingsFileError, type SettingsFileOptions } from "./settings-file.ts";

export const sessionTemplateName = "session_template.json";

/** The fields every session has, in the order they are written. */
export const sessionFields = ["event", "track", "track_picture", "track_type", "comment"] as const;

/** A session nobody has described yet. */
export const emptySessionTemplate: SessionTemplate = {
  event: "",
  track: "",
  track_picture: "",
  track_type: "",
  comment: "",
};

// A session field of such a name would pretend to be a part of the label.
const labelFields = new Set([
  ..."car_setting hardware_conf dataset s3_bucket raw_picture upload_date img_id file_name file_type".split(
    " ",
  ),
  ..."timestamp raw_value label label_fingerprint tmp_fingerprint to_delete __proto__".split(" "),
]);
const eventPattern = /^[a-zA-Z0-9!/\-_*'()]+$/;

/** What is wrong with an event name (it becomes part of bucket keys); null when it can be used. */
export function eventProblem(event: unknown): string | null {
  if (typeof event === "string" && eventPattern.test(event) && /[^/]/.test(event)) return null;
  return `event: expected one or more of a-z A-Z 0-9 ! / - _ * ' ( ) and no space, got ${describeValue(event)}`;
}

/** Checks parsed JSON: the five fields and any extra ones must be text. The event may still be "". */
export function parseSessionTemplate(
  json: Readonly<Record<string, unknown>>,
): SessionTemplate | { problems: readonly string[] } {
  const problems: string[] = [];
  for (const field of sessionFields) {
    if (!(field in json)) problems.push(`${field}: expected text, got nothing`);
  }
  for (const [field, value] of Object.entries(json)) {
    // Templates of the first days had an s3_bucket; it is set at upload.
    if (field === "s3_bucket") continue;
    if (labelFields.has(field)) problems.push(`${field}: expected a name that is no field of a label`);
    else if (typeof value !== "string") problems.push(`${field}: expected text, got ${describeValue(value)}`);
  }
  if (typeof json.event === "string" && json.event !== "") {
    const problem = eventProblem(json.event);
    if (problem !== null) problems.push(problem);
  }
  if (problems.length > 0) return { problems };
  const { s3_bucket: _atUpload, ...template } = json;
  return { ...emptySessionTemplate, ...template } as SessionTemplate;
}

/** Whether `directory` has a session template, good or bad. */
export function hasSessionTemplate(directory: string): boolean {
  return existsSync(join(directory, sessionTemplateName));
}

/**
 * Reads `directory`'s session template.
 * With `lenient` a missing or invalid file is told to it, and the empty template stands in.
 * @throws SettingsFileError naming the file and every problem.
 */
export function readSessionTemplate(directory: string, options: SettingsFileOptions = {}): SessionTemplate {
  return readJsonFile(
    join(directory, sessionTemplateName),
    parseSessionTemplate,
    options,
    emptySessionTemplate,
  );
}

/** The template used last, from the cache folder; null when there is none that can be used: a cache is never worth a failure. */
export function readCachedSessionTemplate(cacheDirectory: string): SessionTemplate | null {
  if (!hasSessionTemplate(cacheDirectory)) return null;
  let usable = true;
  const template = readSessionTemplate(cacheDirectory, {
    lenient: () => {
      usable = false;
    },
  });
  return usable ? template : null;
}

/** Writes a session template into `directory` (a picture folder, or the cache), which is made when missing. @throws SettingsFileError */
export function writeSessionTemplate(directory: string, template: SessionTemplate): void {
  const path = join(directory, sessionTemplateName);
  const parsed = parseSessionTemplate(template);
  if ("problems" in parsed) throw new SettingsFileError(path, parsed.problems as readonly string[]);
  makeFolder(directory);
  replaceFile(path, `${JSON.stringify(parsed, null, 4)}\n`);
}
