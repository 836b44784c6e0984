// The proof of driving from afar on a real Mosquitto. OUTRIDER_TEST_MQTT is its URL, e.g. mqtt://127.0.0.1:1883.
import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { describeRemoteDrive, proveRemoteDrive } from "../../agent/bench/remote-drive.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { temporaryFolder } from "../fakes/store.ts";

const broker = process.env.OUTRIDER_TEST_MQTT ?? "";
const skip = broker === "" ? "OUTRIDER_TEST_MQTT is not set: no real MQTT broker" : false;
const root = resolve(import.meta.dirname, "../..");

test("the car is driven from afar, stands when the link is cut in mid-corner, drives on when armed, and nothing is missing", {
  skip,
}, async (t) => {
  const { PATH = "", HOME = "" } = process.env;
  const proof = await proveRemoteDrive({
    work: temporaryFolder(t),
    broker,
    seed: 3,
    bucket: "folder:",
    index: "local:",
    endpoint: null,
    program: [
      process.execPath,
      "--import",
      join(root, "node_modules/tsx/dist/esm/index.mjs"),
      join(root, "scripts/outrider.ts"),
    ],
    clock: createSystemClock(),
    log: silentLog,
    env: { PATH, HOME },
    random: Math.random,
    say: () => undefined,
    signal: new AbortController().signal,
  });
  assert.equal(proof.ok, true, describeRemoteDrive(proof));
  assert.ok(proof.framesAway! > 20 && proof.places!.stored > 100);
});
