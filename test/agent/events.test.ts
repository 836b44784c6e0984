import assert from "node:assert/strict";
import { test } from "node:test";
import { createDeliveryPlan } from "../../agent/deliveries.ts";
import { createEmit } from "../../agent/events.ts";
import { createSystemClock } from "../../device/clock.ts";
import { openTestStore } from "../fakes/store.ts";

const planFor = (eventTargets: string[]) =>
  createDeliveryPlan({ pictureTargets: [], labelTargets: [], eventTargets, holdBackMs: 0 });

test("emit() keeps an event for every listener until it has it, alerts before the rest, each with its own id and time", async (t) => {
  const store = openTestStore(t);
  const heard: string[] = [];
  const emit = createEmit({
    store,
    plan: planFor(["mqtt", "web"]),
    clock: createSystemClock(),
    onEvent: (type) => heard.push(type),
  });
  await Promise.all([
    emit("mark", { note: "a" }),
    emit("mark", { note: "b" }),
    emit("gamepad.lost", {}, { alert: true }),
  ]);
  const take = (lane: "alert" | "telemetry") =>
    store.outbox.take("mqtt", lane, { limit: 9, skip: () => false, nowUs: 0 });
  assert.deepEqual(
    take("telemetry").map(({ event }) => event?.body.note),
    ["a", "b"],
  );
  const [alert] = take("alert");
  assert.equal(alert?.event?.type, "gamepad.lost");
  assert.equal(alert?.event?.body.id, alert?.id);
  assert.match(String(alert?.event?.body.at), /^\d{8}T\d\d-\d\d-\d\d-\d{6}$/);
  assert.equal(new Set([...take("telemetry"), ...take("alert")].map(({ id }) => id)).size, 3);
  assert.deepEqual(heard, ["mark", "mark", "gamepad.lost"]);
  assert.equal(store.outbox.waiting().web?.telemetry.entries, 2);
});

test("emit() keeps nothing when nobody listens", async (t) => {
  const store = openTestStore(t);
  await createEmit({ store, plan: planFor([]), clock: createSystemClock() })("mark", {});
  assert.deepEqual(store.outbox.waiting(), {});
});
