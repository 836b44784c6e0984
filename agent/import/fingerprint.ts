// A short name for a value, equal for equal values: what was sent before is recognised by it.
import { createHash } from "node:crypto";

/** @param value plain JSON; the order of an object's keys does not count. */
export function fingerprintOf(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
