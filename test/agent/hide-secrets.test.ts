import assert from "node:assert/strict";
import { test } from "node:test";
import { createSecretHider } from "../../agent/hide-secrets.ts";

test("createSecretHider() hides keys and passwords of the environment, and leaves the folders a shell stands in", () => {
  const hide = createSecretHider({
    PWD: "/home/pi/outrider",
    OLDPWD: "/home/pi",
    PATATE_ES_USER_PWD: "sesame-1",
    AWS_SECRET_ACCESS_KEY: "sesame-2",
    OUTRIDER_MQTT_PASSWORD: "sesame-3",
  });
  const text = "/home/pi/outrider/outrider-data: sesame-1 sesame-2 sesame-3";
  assert.equal(hide(text), "/home/pi/outrider/outrider-data: *** *** ***");
});
