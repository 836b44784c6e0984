import assert from "node:assert/strict";
import { test } from "node:test";
import { createPictures, type PicturesOptions } from "../../../../agent/remote/home-assistant/pictures.ts";
import { createTopics } from "../../../../agent/remote/topics.ts";
import { silentLog } from "../../../../device/log.ts";
import type { LinkMessage, MqttLink } from "../../../../sync/clients/mqtt-link.ts";
import type { MqttPublication } from "../../../../sync/clients/mqtt-message.ts";
import { createManualClock } from "../../../fakes/manual-clock.ts";

const topics = createTopics("o", "car");

/** A camera whose pictures and alerts the test makes, and a link that is always there. */
function createScene(options: Partial<PicturesOptions> = {}, size = 100) {
  const clock = createManualClock();
  const said: MqttPublication[] = [];
  const listeners = new Map<string, (message: LinkMessage) => void>();
  const hooks: ((signal: AbortSignal) => Promise<void>)[] = [];
  const reconnect = async (): Promise<void> => {
    for (const hook of hooks) await hook(new AbortController().signal);
  };
  const scene = { imgId: "a", size, alert: false };
  const link: Pick<MqttLink, "state" | "publish" | "subscribe" | "onConnect"> = {
    state: () => ({ phase: "connected" }) as ReturnType<MqttLink["state"]>,
    publish: async (publication) => void said.push(publication),
    subscribe: (filter, listener) => {
      listeners.set(filter, listener);
      return () => undefined;
    },
    onConnect: (hook) => {
      hooks.push(hook);
      return () => undefined;
    },
  };
  const pictures = createPictures({
    link: link as MqttLink,
    topics,
    cameras: ["front"],
    newest: () => ({ imgId: scene.imgId, size: scene.size, bytes: () => Buffer.from(scene.imgId) }),
    isAlert: () => scene.alert,
    everyMs: () => 60_000,
    clock,
    log: silentLog,
    ...options,
  });
  const ask = (text: string, retained = false): void =>
    listeners.get(topics.controlPicture)!({ payload: Buffer.from(text), retained } as unknown as LinkMessage);
  return {
    clock,
    said,
    scene,
    pictures,
    ask,
    reconnect,
    texts: () => said.map(({ payload }) => String(payload)),
  };
}

test("createPictures() shows the newest picture now and then, retained, and the same one once", async () => {
  const { clock, said, scene, pictures, texts } = createScene();
  await clock.advance(1_000);
  assert.deepEqual(texts(), ["a"]);
  assert.deepEqual([said[0]!.topic, said[0]!.retain, said[0]!.qos], ["o/car/camera/front/picture", true, 1]);
  scene.imgId = "b";
  await clock.advance(30_000);
  assert.deepEqual(texts(), ["a"]);
  await clock.advance(31_000);
  assert.deepEqual(texts(), ["a", "b"]);
  await clock.advance(120_000);
  assert.deepEqual(texts(), ["a", "b"]);
  await pictures.close();
});

test("createPictures() shows one at once when something is seen or somebody asks, also on a link that costs money", async () => {
  const { clock, scene, pictures, ask, texts } = createScene({ everyMs: () => null });
  await clock.advance(5_000);
  assert.deepEqual(texts(), []);
  scene.alert = true;
  await clock.advance(1_100);
  assert.deepEqual(texts(), ["a"]);
  scene.imgId = "b";
  await clock.advance(5_000);
  assert.deepEqual(texts(), ["a"]);
  ask('{"camera":"front"}', true);
  ask('{"camera":"rear"}');
  ask("{");
  ask("x".repeat(10_000));
  await clock.advance(2_000);
  assert.deepEqual(texts(), ["a"]);
  await clock.advance(20_000);
  ask('{"camera":"front"}');
  await clock.advance(1_100);
  assert.deepEqual(texts(), ["a", "b"]);
  await pictures.close();
});

test("createPictures() keeps large pictures at home", async () => {
  const { clock, pictures, texts } = createScene({}, 300_001);
  await clock.advance(3_000);
  assert.deepEqual(texts(), []);
  await pictures.close();
});

test("createPictures() says a picture again after a reconnect, but not more often than now and then, however the link flaps", async () => {
  const { clock, pictures, texts, scene, reconnect } = createScene();
  await clock.advance(1_000);
  for (let n = 0; n < 10; n += 1) {
    await reconnect();
    scene.imgId = `b${n}`;
    await clock.advance(3_000);
  }
  assert.deepEqual(texts(), ["a"]);
  await clock.advance(31_000);
  assert.deepEqual(texts(), ["a", "b9"]);
  await reconnect();
  await clock.advance(61_000);
  assert.deepEqual(texts(), ["a", "b9", "b9"]);
  await pictures.close();
});

test("createPictures() heeds a link that begins to cost money", async () => {
  let everyMs: number | null = 60_000;
  const { clock, pictures, texts, scene } = createScene({ everyMs: () => everyMs });
  await clock.advance(1_000);
  everyMs = null;
  scene.imgId = "b";
  await clock.advance(120_000);
  assert.deepEqual(texts(), ["a"]);
  await pictures.close();
});
