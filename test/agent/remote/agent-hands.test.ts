// What a real agent's hands do to it: cameras and sending switched, models and individuals told and judged.
import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ulid } from "ulid";
import { type Agent, openAgent } from "../../../agent/agent.ts";
import { createAgentHands } from "../../../agent/remote/agent-hands.ts";
import { agentOptions, openTestAgent, type Values } from "../../fakes/agent.ts";
import { eventually } from "../../fakes/eventually.ts";
import { temporaryFolder } from "../../fakes/store.ts";

/** An agent that runs until the test ends. */
async function runAgent(t: TestContext, changes: Values = {}) {
  const cleaning: (() => void)[] = [];
  const data = join(temporaryFolder({ after: (clean: () => void) => void cleaning.push(clean) }), "data");
  const recording = { record: { standingEveryMs: 0, delayMs: 0, holdBackMs: 0 } };
  const agent = await openAgent(agentOptions(data, { ...recording, ...changes }));
  const stop = new AbortController();
  const running = agent.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await running;
    await agent.close();
    for (const clean of cleaning) clean();
  });
  return { agent, hands: createAgentHands(agent) };
}

const storedOf = (agent: Agent): number => agent.recorder.state().frames;

test("a camera that is switched off is not recorded, and at once again when it is switched on", async (t) => {
  const { agent, hands } = await runAgent(t);
  await eventually("frames", () => storedOf(agent) > 0);
  assert.deepEqual(await hands.camera.use("front", ["record", "watch"], false), {
    record: false,
    watch: false,
  });
  await agent.store.settle();
  const stored = storedOf(agent);
  const { frames } = agent.devices.cameras[0]!.status();
  await eventually("pictures nobody takes", () => agent.devices.cameras[0]!.status().frames > frames + 5);
  // One may have been on its way.
  assert.ok(storedOf(agent) <= stored + 1);
  assert.deepEqual((await hands.camera.list())[0]!.status, {
    ...((await hands.camera.list())[0]!.status as object),
    uses: { record: false, watch: false },
  });
  await hands.camera.use("front", ["record"], true);
  await eventually("frames again", () => storedOf(agent) > stored + 1);
});

test("a use that is not configured, and a camera that is not there, are refused in words", async (t) => {
  const { hands } = await runAgent(t);
  await assert.rejects(hands.camera.use("front", ["watch"], true), { code: "not_configured" });
  await assert.rejects(hands.camera.use("rear", ["record"], true), { code: "unknown_camera" });
});

test("what is switched off stays off over a restart", async (t) => {
  const data = join(temporaryFolder(t), "data");
  const first = await openAgent(agentOptions(data));
  await createAgentHands(first).camera.use("front", ["record"], false);
  await createAgentHands(first).sync.pause();
  assert.equal(first.drain.isPaused(), true);
  await first.close();
  const second = await openAgent(agentOptions(data));
  t.after(() => second.close());
  assert.equal(second.switches.isOn("front", "record"), false);
  assert.equal(second.drain.isPaused(), true);
  assert.equal((await createAgentHands(second).sync.status()).paused, true);
  await createAgentHands(second).sync.resume();
  assert.equal(second.drain.isPaused(), false);
});

test("individuals are listed, verified and rejected by the agent that holds the store", async (t) => {
  const agent = await openTestAgent(t);
  const hands = createAgentHands(agent).individuals;
  const [imgId] = await keepFrame(agent);
  const ids = [ulid(), ulid()];
  await agent.store.commit(() => {
    for (const id of ids)
      agent.store.sightings.add({
        id,
        imgId: imgId!,
        box: { left: 0, top: 0, right: 1, bottom: 1 },
        individual: null,
        score: 0.5,
        state: "suggested",
        side: "unknown",
        by: "reid-v1",
        atUs: 1,
        sequence: null,
        metadata: {},
      });
  });
  const page = { limit: 10, suggested: true };
  assert.equal(((await hands.list(page)).items as unknown[]).length, 2);
  await assert.rejects(hands.verify([ids[0]!], { by: "ranger" }), { code: "refused" });
  await hands.verify([ids[0]!], { newName: "Amba", by: "ranger" });
  await hands.reject([ids[1]!], { by: "ranger" });
  assert.equal(((await hands.list(page)).items as unknown[]).length, 0);
  const [amba] = (await hands.list({ limit: 10, suggested: false })).items as { name: string }[];
  assert.equal(amba!.name, "Amba");
  assert.deepEqual(
    ids.map((id) => [agent.store.sightings.get(id)!.state, agent.store.sightings.get(id)!.by]),
    [
      ["verified", "ranger"],
      ["rejected", "ranger"],
    ],
  );
  await assert.rejects(hands.reject([ulid()], { by: "ranger" }), { code: "refused" });
});

test("models, session and statistics are told; without a host nothing is changed", async (t) => {
  const agent = await openTestAgent(t, { mqtt: { url: "embedded:0", allow: ["help", "status"] } });
  const hands = createAgentHands(agent);
  const { models, inUse } = (await hands.model.list()) as {
    models: { id: string }[];
    inUse: { detector: string };
  };
  assert.ok(models.some(({ id }) => id === inUse.detector));
  assert.equal(hands.session().event, "test");
  assert.equal((await hands.stats()).frames, 0);
  for (const change of [
    hands.config.get(undefined),
    hands.config.change({ set: {}, unset: [], confirm: false }),
    hands.config.rollback(),
    hands.restart(),
  ])
    await assert.rejects(change, { code: "not_available" });
});

async function keepFrame(agent: Agent): Promise<readonly string[]> {
  const stop = new AbortController();
  const running = agent.run(stop.signal);
  await eventually("a frame", () => agent.newestFrame() !== null);
  stop.abort();
  await running;
  return [agent.newestFrame()!.imgId];
}
