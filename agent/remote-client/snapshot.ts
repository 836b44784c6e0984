// The picture in the answer to `snapshot`.

/** A picture and what is said of it; null: the answer holds none. */
export function takeSnapshot(
  data: unknown,
): { readonly bytes: Uint8Array; readonly about: Readonly<Record<string, unknown>> } | null {
  if (typeof data !== "object" || data === null) return null;
  const { base64, ...about } = data as Record<string, unknown>;
  return typeof base64 === "string" ? { bytes: Buffer.from(base64, "base64"), about } : null;
}
