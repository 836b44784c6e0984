import assert from "node:assert/strict";
import { test } from "node:test";
import { parseBrokerUrl } from "../../../sync/clients/mqtt-address.ts";

test("parseBrokerUrl() knows the ports, the account and the safe form", () => {
  assert.deepEqual(parseBrokerUrl("mqtt://broker.local"), {
    url: "mqtt://broker.local:1883",
    host: "broker.local",
    port: 1883,
    secure: false,
    credentials: null,
  });
  const secure = parseBrokerUrl("mqtts://car:p%40ss%3A@[::1]:9999");
  assert.deepEqual(secure, {
    url: "mqtts://[::1]:9999",
    host: "::1",
    port: 9999,
    secure: true,
    credentials: { username: "car", password: "p@ss:" },
  });
  assert.equal(parseBrokerUrl("mqtts://host").port, 8883);
});

test("parseBrokerUrl() refuses other schemes, naming the rule and never the account", () => {
  for (const url of [
    "http://car:s3cret@host",
    "ws://car:s3cret@host",
    "host:1883",
    "mqtt://",
    "car:s3cret@host",
    "mqtt://car:s3cr%et@host",
  ])
    assert.throws(
      () => parseBrokerUrl(url),
      (error: Error) => /Expected the (broker|account)/.test(error.message) && !error.message.includes("s3c"),
      url,
    );
});
