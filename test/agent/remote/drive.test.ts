// A real agent on the simulated car behind its own broker, driven from far away over MQTT.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { ControlDrive, DriveReport } from "../../../agent/remote/drive-messages.ts";
import { openTestAgent } from "../../fakes/agent.ts";
import { eventually } from "../../fakes/eventually.ts";
import { connectPeer, jsonOf } from "../../fakes/mqtt-peer.ts";

async function drivenAgent(t: TestContext, changes: Readonly<Record<string, unknown>> = {}) {
  const agent = await openTestAgent(t, {
    gamepad: "none:",
    mqtt: { url: "embedded:0", healthEveryMs: 1000 },
    record: { delayMs: 0, standingEveryMs: null },
    ...changes,
  });
  const peer = await connectPeer(agent.link!.url);
  const stop = new AbortController();
  const running = agent.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await running;
    await peer.link.close();
  });
  await eventually("a run", () => agent.recorder.state().run !== null);
  let seq = 0;
  const say = (changes: Partial<ControlDrive> = {}): Promise<void> => {
    seq += 1;
    const plain = {
      seq,
      sentMs: performance.now(),
      validMs: 500,
      steer: 0,
      throttle: 0,
      hold: true,
      driver: "ann",
    };
    return peer.link.publish(
      { topic: "outrider/car/control/drive", payload: JSON.stringify({ ...plain, ...changes }), qos: 0 },
      new AbortController().signal,
    );
  };
  const report = (): DriveReport => {
    const said = peer.heard.filter(({ topic }) => topic === "outrider/car/drive/state").map(jsonOf);
    return said.at(-1) as unknown as DriveReport;
  };
  const eventsOf = (type: string): readonly Record<string, unknown>[] =>
    peer.heard.filter(({ topic }) => topic === `outrider/car/event/${type}`).map(jsonOf);
  const arm = async (): Promise<void> => {
    await eventually("the car is armed", async () => {
      await say({ arm: true });
      await delay(30);
      return agent.driving.report().driver === "remote";
    });
  };
  /** Drives until something is so, and arms again where the machine was too busy to drive in time. */
  const drive = async (what: string, isSo: () => boolean): Promise<void> => {
    await eventually(what, async () => {
      await say(agent.driving.report().driver === "remote" ? { throttle: 0.4, steer: 0.1 } : { arm: true });
      await delay(30);
      return isSo();
    });
  };
  const failSafes = (): number =>
    Object.values(agent.driving.report().failSafes).reduce((sum, count) => sum + count, 0);
  return { agent, peer, say, arm, drive, failSafes, report, eventsOf };
}

test("the car is driven from far away: frames carry who drove, silence stops it, and it moves again when armed", async (t) => {
  const { agent, say, arm, drive, failSafes, report, eventsOf } = await drivenAgent(t);
  assert.deepEqual(agent.driving.report().remote, { allowed: true, why: null });
  await drive("labelled frames", () => agent.recorder.state().labels >= 5);
  await drive("the report", () => report()?.driver === "remote" && report().armed);
  assert.equal(report().holder, "ann");
  await eventually("silence stops the car", () => agent.driving.report().armed === false);
  await eventually("the alert", () => eventsOf("drive.fail_safe").length === failSafes());
  assert.equal(eventsOf("drive.fail_safe")[0]!.driver, "remote");
  await eventually("the report of it", () => report().failSafe !== null && report().driver === null);
  await eventually("its number", () => report().failSafes.stale === failSafes());
  await say({ throttle: 0.4 });
  await delay(100);
  assert.equal(agent.driving.report().armed, false);
  await arm();
  await say({ hold: false });
  await eventually("let go", () => agent.driving.report().armed === false);
  await agent.store.settle();
  const [frame] = [...agent.store.frames.range()];
  const [label] = agent.store.labels.ofFrame(frame!.imgId);
  assert.deepEqual([label!.label.created_by, label!.label.label_direction], ["remote:ann", 3]);
});

test("a link that goes down stops a car that is driven over it", async (t) => {
  const { agent, peer, say, arm, failSafes } = await drivenAgent(t);
  await arm();
  const before = failSafes();
  await say({ throttle: 0.4, validMs: 500 });
  await peer.link.close();
  await agent.link!.link.close();
  await eventually("the car stands", () => agent.driving.report().armed === false);
  assert.equal(failSafes(), before + 1);
});

test("a real car is not driven from far away unless that is configured", async (t) => {
  const { agent, say } = await drivenAgent(t, { drive: { url: "none:" } });
  await say({ arm: true });
  await eventually("the refusal", () => agent.driving.report().ignored.not_allowed === 1);
  assert.match(agent.driving.report().remote.why!, /drive\.remote\.enabled is not set/);
});

test("a model is let drive, paused and sent away by requests, and refusals say why", async (t) => {
  const { agent, peer, arm } = await drivenAgent(t);
  let asked = 0;
  const ask = async (parameters: object): Promise<Record<string, unknown>> => {
    asked += 1;
    const transaction = `d${asked}`;
    await peer.link.publish(
      {
        topic: "outrider/car/request/drive",
        payload: JSON.stringify({ ...parameters, transaction }),
        qos: 1,
      },
      new AbortController().signal,
    );
    return jsonOf(
      await peer.next("outrider/car/response/drive", (each) => jsonOf(each).transaction === transaction),
    );
  };
  const pilotOf = ({ data }: Record<string, unknown>) => (data as unknown as DriveReport).pilot;
  const absent = await ask({ action: "model", model: "absent" });
  assert.match(JSON.stringify(absent.error), /not_possible.*absent/);
  const wrong = await ask({ action: "model", model: "animal-v1" });
  assert.match(JSON.stringify(wrong.error), /Expected a model that can steer \(steer-v1.*got animal-v1/);
  assert.equal(pilotOf(await ask({ action: "model", model: "sim-steer-v1" })).model, "sim-steer-v1");
  await eventually("the model drives", () => {
    if (agent.driving.pilot.report().state === "failed") agent.driving.pilot.resume();
    return agent.driving.wheel.driver()?.createdBy === "sim-steer-v1";
  });
  // It fails by itself where a picture comes too late.
  assert.match(pilotOf(await ask({ action: "pause" })).state, /^(paused|failed)$/);
  assert.equal(agent.devices.drive.state().armed, false);
  assert.equal((await ask({ action: "resume" })).status, "ok");
  await arm();
  assert.match(
    agent.driving.pilot.report().state,
    /^(paused|failed)$/,
    "a person far away goes before a model",
  );
  assert.equal(pilotOf(await ask({ action: "stick" })).state, "off");
  assert.match(
    JSON.stringify((await ask({ action: "resume" })).error),
    /Expected a model that was told to drive/,
  );
});
