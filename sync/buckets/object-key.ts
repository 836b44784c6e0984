// Object keys: what is a key at all, and what is one that may become a path. Nothing here touches a disk.
import { SyncError } from "../errors.ts";

/** S3's limit on a key, bytes of UTF-8. */
export const maxKeyBytes = 1024;

/**
 * Checks that `key` is an object key that every bucket can keep: relative, of non-empty segments, none of them `.` or `..`.
 * @throws SyncError permanent, naming the key.
 */
export function checkObjectKey(key: string): void {
  const problem = keyProblem(key);
  if (problem !== null)
    throw new SyncError("permanent", `Expected an object key ${problem}, got ${quote(key)}`);
}

function keyProblem(key: string): string | null {
  if (key === "") return "that is not empty";
  if (key.includes("\0")) return "without a NUL character";
  if (key.includes("\\")) return "without a backslash";
  if (key.startsWith("/") || /^[A-Za-z]:/.test(key)) return "that is relative (no leading / or drive)";
  const segments = key.split("/");
  if (segments.includes("")) return "without empty segments";
  if (segments.includes("..") || segments.includes(".")) return 'without "." and ".." segments';
  if (Buffer.byteLength(key) > maxKeyBytes) return `of at most ${maxKeyBytes} bytes`;
  return null;
}

/** The order of keys in a listing: by their UTF-8 bytes, as S3 has it. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function quote(key: string): string {
  const text = JSON.stringify(key);
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
