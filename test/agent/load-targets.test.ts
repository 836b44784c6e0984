// Loading a client holds the loop for a second on a small board: it must be done before the first picture, not beside the first sending.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { openTestAgent } from "../fakes/agent.ts";

const { cache } = createRequire(import.meta.url);
const isLoaded = (): boolean =>
  Object.keys(cache).some((path) => /client-s3[\\/]dist-cjs[\\/]index/.test(path));

test("openAgent() has loaded the S3 client when it resolves, if pictures go to one", async (t) => {
  await openTestAgent(t);
  assert.equal(isLoaded(), false, "a folder needs no client");
  const env = { PATATE_S3_KEY_ID: "id", PATATE_S3_KEY: "key" };
  await openTestAgent(t, { sync: { bucket: "s3://bucket", endpoint: "http://127.0.0.1:9" } }, { env });
  assert.equal(isLoaded(), true);
});
