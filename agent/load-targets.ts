// Loads what the first sending would load beside the first pictures, and keep them waiting for it.
import { loadS3Client } from "../sync/buckets/s3-client.ts";
import { isS3Address } from "./backends.ts";
import type { Config } from "./config.ts";
import { placesOf } from "./places.ts";

/** Resolves when no client of a target has to be loaded any more; nothing is opened or sent. */
export async function loadTargets({ sync }: Pick<Config, "sync">): Promise<void> {
  if (placesOf(sync).some(({ bucket }) => bucket !== null && isS3Address(bucket))) await loadS3Client();
}
