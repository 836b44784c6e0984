import assert from "node:assert/strict";
import { test } from "node:test";
import { type Account, createServiceLogin, LoginRefused } from "../../../sync/clients/service-login.ts";
import { SyncError } from "../../../sync/errors.ts";

const { signal } = new AbortController();
const alice: Account = { username: "alice", password: "first" };

function setUp(logIn: (account: Account, signal: AbortSignal, turn: number) => Promise<string>) {
  const world = { now: 0, account: alice, asked: 0 };
  const login = createServiceLogin({
    account: async () => world.account,
    logIn: (account, at) => {
      world.asked += 1;
      return logIn(account, at, world.asked);
    },
    nowMs: () => world.now,
  });
  return { login, world };
}

test("token() logs in once for all who ask at the same time, and keeps the token", async () => {
  const { login, world } = setUp(async (_account, _signal, turn) => `token ${turn}`);
  const tokens = await Promise.all(Array.from({ length: 20 }, () => login.token(signal)));
  assert.deepEqual([...new Set(tokens)], ["token 1"]);
  assert.equal(await login.token(signal), "token 1");
  assert.equal(world.asked, 1);
});

test("refuse() has the next one log in again, once, although many were refused", async () => {
  const { login, world } = setUp(async (_account, _signal, turn) => `token ${turn}`);
  const old = await login.token(signal);
  const again = await Promise.all(
    Array.from({ length: 20 }, async () => {
      login.refuse(old);
      return login.token(signal);
    }),
  );
  assert.deepEqual([...new Set(again)], ["token 2"]);
  // One that was under way with the old token comes late.
  login.refuse(old);
  assert.equal(await login.token(signal), "token 2");
  assert.equal(world.asked, 2);
});

test("a refused account is not tried again for a minute, another one at once", async () => {
  const { login, world } = setUp(async ({ password }) => {
    if (password === "second") return "token";
    throw new LoginRefused("wrong password");
  });
  for (let turn = 0; turn < 5; turn += 1) await assert.rejects(login.token(signal), LoginRefused);
  assert.equal(world.asked, 1);
  world.now = 60_000;
  await assert.rejects(login.token(signal), LoginRefused);
  assert.equal(world.asked, 2);
  world.account = { username: "alice", password: "second" };
  assert.equal(await login.token(signal), "token");
});

test("a login that fails for another reason is tried again at the next call", async () => {
  const { login, world } = setUp(async (_account, _signal, turn) => {
    if (turn === 1) throw new SyncError("offline", "no way there");
    return "token";
  });
  await assert.rejects(login.token(signal), { kind: "offline" });
  assert.equal(await login.token(signal), "token");
  assert.equal(world.asked, 2);
});

test("who stops waiting leaves the login to the others; with the last one it ends", async () => {
  let finish = (_token: string): void => undefined;
  const ends: AbortSignal[] = [];
  const { login, world } = setUp(
    (_account, end) =>
      new Promise((resolve, reject) => {
        ends.push(end);
        finish = resolve;
        end.addEventListener("abort", () => reject(end.reason));
      }),
  );
  const [one, two, three] = [new AbortController(), new AbortController(), new AbortController()];
  const first = login.token(one.signal);
  const second = login.token(two.signal);
  one.abort(new Error("enough"));
  await assert.rejects(first, /enough/);
  assert.equal(ends[0]?.aborted, false);
  finish("token");
  assert.equal(await second, "token");
  login.refuse("token");
  const third = login.token(three.signal);
  await new Promise((resolve) => setImmediate(resolve));
  three.abort(new Error("stop"));
  await assert.rejects(third, /stop/);
  assert.equal(ends[1]?.aborted, true);
  const fourth = login.token(signal);
  await new Promise((resolve) => setImmediate(resolve));
  finish("another");
  assert.equal(await fourth, "another");
  assert.equal(world.asked, 3);
});
