// What is wrong with a value that came from outside, as `path: rule, got value`.
import type { z } from "zod";
import { hideSecrets } from "../device/camera/hide-secrets.ts";

/** A value is told so far; what is wrong with a longer one is seen by then. */
const mostGotCharacters = 200;

/** A line for a person; one for each key that there is not. @param values what was parsed. */
export function describeIssue(issue: z.core.$ZodIssue, values: unknown): readonly string[] {
  const at = issue.path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "");
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => `${at === "" ? "" : `${at}.`}${key}: no such key`);
  const rule = issue.message
    .replace(/^(Invalid (input|option)|Too (big|small)): /, "")
    .replace(/^Invalid discriminator value\. E/, "e")
    .replace(/, received .*$/, "");
  const got = issue.path.reduce<unknown>(
    (value, part) => (value as Record<PropertyKey, unknown> | null | undefined)?.[part],
    values,
  );
  return [`${at || "(top)"}: ${rule}, got ${describeValue(got)}`];
}

function describeValue(value: unknown): string {
  const text = hideSecrets(JSON.stringify(value) ?? "nothing");
  return text.length > mostGotCharacters ? `${text.slice(0, mostGotCharacters)}…` : text;
}
