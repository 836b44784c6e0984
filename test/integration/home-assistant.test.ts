// The discovery message held against Home Assistant's own schemas and templates. OUTRIDER_TEST_HOME_ASSISTANT is a Python that has it:
//   python3.13 -m venv ha && ha/bin/pip install homeassistant paho-mqtt numpy && OUTRIDER_TEST_HOME_ASSISTANT=ha/bin/python …
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { discoveryOf } from "../../agent/remote/home-assistant/discovery.ts";
import { fullFacts, states } from "../agent/remote/home-assistant/facts.ts";

const python = process.env.OUTRIDER_TEST_HOME_ASSISTANT ?? "";
const skip = python === "" ? "OUTRIDER_TEST_HOME_ASSISTANT is not set: no Home Assistant" : false;
const program = fileURLToPath(new URL("../servers/home-assistant-check.py", import.meta.url));

function check(message: object): { problems: string[]; rendered: Record<string, string> } {
  const texts = Object.fromEntries(
    Object.entries(states).map(([topic, state]) => [topic, JSON.stringify(state)]),
  );
  const input = JSON.stringify({ message, states: texts });
  const { status, stdout, stderr } = spawnSync(python, [program], { input, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as ReturnType<typeof check>;
}

test("Home Assistant takes the message, every name in it, and reads the states as they are meant", {
  skip,
}, () => {
  const { problems, rendered } = check(discoveryOf(fullFacts));
  assert.deepEqual(problems, []);
  assert.deepEqual(rendered, {
    record: "ON",
    problem: "ON",
    disk_hours: "None",
    disk_free: "81.23456789",
    queue: "37",
    temperature: "48.3",
    age_picture: "0.1",
    age_frame: "2.5",
    age_commit: "None",
    age_acknowledgement: "12",
    online_front: "ON",
    "online_mast-1": "OFF",
    "alert_mast-1": "ON",
    driver: "nobody",
    "availability online": "online",
    "availability offline": "offline",
    "availability stopped": "offline",
  });
});

test("the check sees what is wrong: an unknown name, a wrong class, a wildcard, a missing id", {
  skip,
}, () => {
  const message = JSON.parse(JSON.stringify(discoveryOf(fullFacts)));
  message.components.queue.units = "x";
  message.components.temperature.device_class = "warmth";
  message.components.sync.command_topic = "a/#";
  message.components.stop.unique_id = undefined;
  const { problems } = check(message);
  for (const words of [/queue: sensor knows no units/, /temperature: /, /sync: /, /device: /])
    assert.ok(
      problems.some((problem) => words.test(problem)),
      `${words} in ${problems.join("; ")}`,
    );
});
