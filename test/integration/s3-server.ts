// The real S3 server of the integration tests: where it is, and a bucket on it that is empty.
import { randomBytes } from "node:crypto";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { S3BucketOptions } from "../../sync/buckets/s3.ts";

const endpoint = process.env.OUTRIDER_TEST_S3;
const keys = {
  accessKeyId: process.env.OUTRIDER_TEST_S3_KEY ?? "",
  secretAccessKey: process.env.OUTRIDER_TEST_S3_SECRET ?? "",
};

/** Why tests against S3 are skipped; false when there is a server. */
export const s3Skip: string | false =
  endpoint === undefined || endpoint === ""
    ? "OUTRIDER_TEST_S3 is not set: start a server with test/servers/s3-up and give its address"
    : false;

/** Makes a fresh bucket and gives the options that open it. */
export async function makeTestBucket(): Promise<S3BucketOptions & { readonly endpoint: string }> {
  if (endpoint === undefined) throw new Error("OUTRIDER_TEST_S3 is not set");
  const bucket = `outrider-test-${randomBytes(4).toString("hex")}`;
  const client = new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: keys,
    requestChecksumCalculation: "WHEN_REQUIRED",
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  } finally {
    client.destroy();
  }
  return { bucket, endpoint, region: "us-east-1", credentials: async () => keys };
}
