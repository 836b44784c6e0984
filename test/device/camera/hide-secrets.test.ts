import assert from "node:assert/strict";
import { test } from "node:test";
import { createSecretHider, hideSecrets } from "../../../device/camera/hide-secrets.ts";
import { processorMs } from "../../fakes/processor-time.ts";

test("hideSecrets() hides user and password of every URL in a text, and options that look like one", () => {
  assert.equal(
    hideSecrets("rtsp://a:b@h/x and http://c@h: rtsps://d:e%40f@h:554/y"),
    "rtsp://***@h/x and http://***@h: rtsps://***@h:554/y",
  );
  assert.equal(
    hideSecrets("http://h/v?user=admin&password=x1&channel=2"),
    "http://h/v?user=***&password=***&channel=2",
  );
  assert.equal(
    hideSecrets("rtsp://h/user=admin_password=tlJwpbo6_channel=1"),
    "rtsp://h/user=***_password=***_channel=1",
  );
});

test("hideSecrets() leaves what holds no secret as it is", () => {
  for (const text of ["/dev/video0", "rtsp://host:554/path", "mail me@host", "Stream #0:0: Video: mjpeg"]) {
    assert.equal(hideSecrets(text), text);
  }
});

test("createSecretHider() hides the password itself, encoded or not", () => {
  const hide = createSecretHider("rtsp://admin:p%26ss@host/x");
  assert.equal(hide("auth failed for p%26ss, p&ss"), "auth failed for ***, ***");
  assert.equal(createSecretHider("rtsp://admin:50%@host/")("got 50%"), "got ***");
  assert.equal(createSecretHider("rtsp://host/")("nothing to hide"), "nothing to hide");
});

test("hideSecrets() takes a long text in its stride: it comes from strangers, too", () => {
  const ms = processorMs(() => {
    for (const letters of ["x", "x://", "key=", "://@", "a+", "x:"]) {
      const text = letters.repeat(200_000);
      assert.equal(typeof hideSecrets(text), "string");
    }
  });
  // A minute and more where each letter looks through all that follow.
  assert.ok(ms < 20_000, `${ms} ms`);
});
