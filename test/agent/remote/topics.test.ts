import assert from "node:assert/strict";
import { test } from "node:test";
import { availabilityWill, createTopics } from "../../../agent/remote/topics.ts";

const topics = createTopics("outrider", "car7");

test("createTopics() names every topic of a device and keeps foreign names on one level", () => {
  assert.equal(topics.availability, "outrider/car7/availability");
  assert.equal(topics.recordState, "outrider/car7/record/state");
  assert.equal(topics.cameraStatus("front"), "outrider/car7/camera/front/status");
  assert.equal(topics.cameraStatus("a/+#"), "outrider/car7/camera/a___/status");
  assert.equal(topics.event("gamepad.lost"), "outrider/car7/event/gamepad.lost");
  assert.equal(topics.commandOf("outrider/car7/request/record"), "record");
  assert.equal(topics.commandOf("outrider/car8/request/record"), null);
  assert.deepEqual(availabilityWill(topics), {
    topic: topics.availability,
    payload: "offline",
    qos: 1,
    retain: true,
  });
});

test("createTopics() refuses names that cannot stand in a topic, with rule and value", () => {
  for (const base of ["", "/a", "a/", "a/+", "#", "$SYS"])
    assert.throws(() => createTopics(base, "car7"), /Expected mqtt\.base .* got/, base);
  for (const device of ["", "a/b", "a+", "#", "$x", "a\0"])
    assert.throws(() => createTopics("outrider", device), /Expected the device's name .* got/, device);
});

test("mayAnswerOn() takes topics for answers and none on which an answer would be a command or a state", () => {
  for (const topic of [
    "outrider/car7/response/status",
    "outrider/operator/response/17",
    "clients/ab12/response",
    "replies/me",
    "a/Reply/b",
  ])
    assert.equal(topics.mayAnswerOn(topic), true, topic);
  for (const topic of [
    "outrider/car7/request/record",
    "outrider/car8/request/record",
    "outrider/car8/control/drive",
    "outrider/car7/availability",
    "outrider/car8/x/response",
    "outrider",
    "outrider/car7",
    "homeassistant/switch/x/set",
    "clients/+/response",
    "response/#",
    "$SYS/response",
    `response/${"x".repeat(300)}`,
    "",
  ])
    assert.equal(topics.mayAnswerOn(topic), false, topic);
});
