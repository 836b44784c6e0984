// Hundreds of devices of the bench pass by one broker: none may leave anything on it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openWitness } from "../../../../agent/bench/faults/witness.ts";
import { createSystemClock } from "../../../../device/clock.ts";
import { silentLog } from "../../../../device/log.ts";
import { startBroker } from "../../../../sync/clients/broker.ts";
import { createMqttLink } from "../../../../sync/clients/mqtt-link.ts";
import { eventually } from "../../../fakes/eventually.ts";

test("witness.clearRetained() has the broker forget its device, and no other", async (t) => {
  const broker = await startBroker({ port: 0, log: silentLog });
  t.after(broker.close);
  const link = createMqttLink({
    url: broker.url,
    clientId: "device",
    will: null,
    clock: createSystemClock(),
    random: () => 0,
    log: silentLog,
  });
  t.after(() => link.close());
  const { signal } = new AbortController();
  await eventually("a connection", () => link.state().phase === "connected");
  for (const topic of ["faults/one/health", "faults/one/camera/cam0/picture", "faults/two/health"])
    await link.publish({ topic, payload: "{}", qos: 1, retain: true }, signal);

  const witness = openWitness({
    url: broker.url,
    base: "faults",
    device: "one",
    clock: createSystemClock(),
    log: silentLog,
    random: () => 0,
  });
  t.after(witness.close);
  await witness.clearRetained();

  const left: string[] = [];
  link.subscribe("faults/+/#", ({ topic, retained }) => retained && left.push(topic), { stored: true });
  await eventually("what is left", () => left.length > 0);
  assert.deepEqual(left, ["faults/two/health"]);
});
