import assert from "node:assert/strict";
import { test } from "node:test";
import { createAnnotationApi } from "../../../sync/clients/annotation-client.ts";
import { LoginRefused } from "../../../sync/clients/service-login.ts";
import { SyncError } from "../../../sync/errors.ts";
import { startHttpServer } from "../../fakes/http-server.ts";

const { signal } = new AbortController();

test("askForToken() tells no failure of a login with the password in it, whoever repeats it", async (t) => {
  for (const status of [401, 404, 422, 500, 503]) {
    // A server in debug mode, or a filter before it, shows what it was sent.
    const server = await startHttpServer(({ body }) => ({
      status,
      headers: { "retry-after": "7" },
      body: `refused: ${body.toString()}`,
    }));
    const login = async () => ({ username: "admin", password: "s3cret-word" });
    const api = createAnnotationApi({ url: server.url, login });
    t.after(server.close);
    t.after(api.close);
    await assert.rejects(api.findAnnotation(1, signal), (error: unknown) => {
      assert.ok(error instanceof SyncError);
      for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
        assert.doesNotMatch(cause.message, /s3cret/);
      assert.equal(error.status, status);
      assert.equal(error instanceof LoginRefused, status === 401 || status === 422);
      if (status >= 500) assert.deepEqual([error.kind, error.retryAfterMs], ["retryable", 7000]);
      return true;
    });
  }
});
