// The places that pictures and labels go to: the bucket and index of the configuration, and those it names beside them.
import type { Config } from "./config.ts";

/** A bucket, an index, or both, on one server. */
export type Place = {
  readonly bucket: string | null;
  readonly index: string | null;
  /** S3 server other than AWS; null: AWS. */
  readonly endpoint: string | null;
  readonly region: string;
  /** false: a picture may be dropped for room although this place does not have it yet. */
  readonly required: boolean;
};

/** All places, the main one first; what a further place does not say is as at the main one. */
export function placesOf(sync: Config["sync"]): readonly Place[] {
  const { bucket, index, endpoint, region, also } = sync;
  return [
    { bucket, index, endpoint, region, required: true },
    ...also.map((place) => ({
      ...place,
      endpoint: place.endpoint ?? endpoint,
      region: place.region ?? region,
    })),
  ];
}
