// Where things lie in the data folder.
import { join } from "node:path";

/** The store: frames, labels, outbox. */
export function storeFolder(data: string): string {
  return join(data, "store");
}

/** `folder:` without a place: the bucket of a machine that has no other. */
export function bucketFolder(data: string): string {
  return join(data, "bucket");
}

/** `local:` without a place: the label index of a machine that has no other. */
export function indexFolder(data: string): string {
  return join(data, "index");
}
