import assert from "node:assert/strict";
import { test } from "node:test";
import { createStateBoard } from "../../../agent/remote/state-board.ts";
import { silentLog } from "../../../device/log.ts";

test("createStateBoard() says each word once, the newest of a hurry, retained, and everything again on repost()", async () => {
  const said: string[] = [];
  const board = createStateBoard({
    publish: async ({ topic, payload, retain, qos }) => {
      assert.deepEqual([retain, qos], [true, 1]);
      said.push(`${topic}=${payload}`);
      await new Promise((resolve) => setImmediate(resolve));
    },
    log: silentLog,
  });
  board.post("a", "1");
  board.post("a", "2");
  board.post("a", "3");
  board.post("b", "1");
  await board.idle();
  assert.deepEqual(said, ["a=1", "a=3", "b=1"]);
  board.post("a", "3");
  await board.idle();
  assert.equal(said.length, 3);
  await board.repost();
  assert.deepEqual(said.slice(3), ["a=3", "b=1"]);
});

test("createStateBoard() keeps what could not be said for the next connect", async () => {
  const said: string[] = [];
  let isOnline = false;
  const board = createStateBoard({
    publish: async ({ topic }) => {
      if (!isOnline) throw new Error("offline");
      said.push(topic);
    },
    log: silentLog,
  });
  board.post("a", "1");
  board.post("b", "1");
  await board.idle();
  isOnline = true;
  await board.repost();
  assert.deepEqual(said, ["a", "b"]);
});
