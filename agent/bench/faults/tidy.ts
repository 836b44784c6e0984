// Takes away what a device of the bench left on shared servers: thousands of rounds must not fill somebody's bucket and index.
import { join } from "node:path";
import { type BackendOptions, openBucket, openLabelIndex } from "../../backends.ts";
import { inParallel } from "../../in-parallel.ts";
import { queryOfEvent } from "./observe.ts";

const removalsAtOnce = 8;
const documentsAtOnce = 500;

/** Removes all objects under the folder of an event. */
export async function tidyBucket(
  address: string,
  event: string,
  options: BackendOptions,
  signal: AbortSignal,
): Promise<void> {
  const { bucket, folder } = openBucket(address, options);
  try {
    const keys: string[] = [];
    for await (const { key } of bucket.list(join(folder, event, "/"), signal)) keys.push(key);
    await inParallel(keys, removalsAtOnce, signal, async (key) => {
      await bucket.remove(key, signal);
    });
  } finally {
    await bucket.close();
  }
}

/** Removes all documents of an event. */
export async function tidyIndex(
  address: string,
  event: string,
  options: BackendOptions,
  signal: AbortSignal,
): Promise<void> {
  const index = openLabelIndex(address, options);
  try {
    const fingerprints: string[] = [];
    for await (const document of index.search(queryOfEvent(event), signal))
      fingerprints.push(document.label_fingerprint);
    for (let at = 0; at < fingerprints.length; at += documentsAtOnce)
      await index.remove(fingerprints.slice(at, at + documentsAtOnce), signal);
  } finally {
    await index.close();
  }
}
