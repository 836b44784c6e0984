// The lying links of the fault bench lie as they say, between a real client and a real server.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startHttpProxy } from "../../../../agent/bench/faults/http-proxy.ts";
import { startTcpProxy } from "../../../../agent/bench/faults/tcp-proxy.ts";

async function withHttp(
  work: (deps: { proxy: Awaited<ReturnType<typeof startHttpProxy>>; seen: string[] }) => Promise<void>,
): Promise<void> {
  const seen: string[] = [];
  const server = createServer(async (from, to) => {
    let body = "";
    try {
      for await (const chunk of from) body += chunk;
    } catch {
      seen.push("cut");
      return;
    }
    seen.push(`${from.method} ${from.url} ${body}`);
    if (!/_bulk/.test(from.url ?? "")) return to.end("fine");
    const actions = body.split("\n").filter((line) => line.startsWith('{"create"'));
    to.end(JSON.stringify({ errors: false, items: actions.map(() => ({ create: { status: 201 } })) }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const proxy = await startHttpProxy(new URL(`http://127.0.0.1:${port}`), () => 0.4);
  try {
    await work({ proxy, seen });
  } finally {
    await proxy.close();
    server.close();
    server.closeAllConnections();
  }
}

const put = (url: string, body = "0123456789"): Promise<string> =>
  fetch(`${url}/key`, { method: "PUT", body, headers: { connection: "close" } }).then(
    async (answer) => `${answer.status} ${await answer.text()}`,
    () => "failed",
  );

test("startHttpProxy() passes on what is well, and says when a write was answered", async () => {
  await withHttp(async ({ proxy, seen }) => {
    const moments: string[] = [];
    proxy.onWrite((moment) => moments.push(moment));
    assert.equal(await put(proxy.url), "200 fine");
    assert.deepEqual(seen, ["PUT /key 0123456789"]);
    assert.deepEqual(moments, ["begun", "half", "answered"]);
    assert.ok(proxy.newestSuccessNs() !== null);
  });
});

test("startHttpProxy() lies in every way it knows, counts whom it met, and is well again", async () => {
  await withHttp(async ({ proxy, seen }) => {
    const cases = [
      [{ kind: "status", status: 503, retryAfterSeconds: 1 }, "503 busy", []],
      [{ kind: "garbage" }, "200 <html>Welcome to our WiFi</html>", []],
      [{ kind: "cut answer" }, "failed", ["PUT /key 0123456789"]],
      [{ kind: "lost answer" }, "failed", ["PUT /key 0123456789"]],
      [{ kind: "twice" }, "200 fine", ["PUT /key 0123456789", "PUT /key 0123456789"]],
      [{ kind: "cut body" }, "failed", ["cut"]],
      [{ kind: "refuse" }, "failed", []],
    ] as const;
    for (const [fault, answer, expected] of cases) {
      seen.length = 0;
      await proxy.set({ share: 1, ...fault });
      assert.equal(await put(proxy.url), answer, fault.kind);
      if (fault.kind === "cut body") while (seen.length === 0) await delay(5);
      assert.deepEqual(seen, expected, fault.kind);
      if (fault.kind !== "refuse") assert.equal(proxy.hits(), 1, fault.kind);
      await proxy.set(null);
      assert.equal(await put(proxy.url), "200 fine", `after ${fault.kind}`);
    }
    // A black hole says nothing, until it ends.
    await proxy.set({ share: 1, kind: "hole" });
    const swallowed = put(proxy.url);
    while (proxy.hits() === 0) await delay(5);
    await proxy.set(null);
    assert.equal(await swallowed, "failed");
  });
});

test("startHttpProxy() carries out half of a bulk and refuses the rest item by item, and finds large ones too large", async () => {
  await withHttp(async ({ proxy, seen }) => {
    const action = (id: number): string => `{"create":{"_id":"${id}"}}\n{"n":${id}}\n`;
    const bulk = (count: number): Promise<Response> =>
      fetch(`${proxy.url}/index/_bulk`, {
        method: "POST",
        body: Array.from({ length: count }, (_, id) => action(id)).join(""),
        headers: { connection: "close" },
      });
    await proxy.set({ share: 1, kind: "half bulk" });
    const { items } = (await (await bulk(3)).json()) as { items: { create: { status: number } }[] };
    assert.deepEqual(
      items.map(({ create }) => create.status),
      [201, 429, 201],
    );
    assert.deepEqual(seen, [`POST /index/_bulk ${action(0)}${action(2)}`]);
    await proxy.set({ share: 1, kind: "too large", actions: 2 });
    assert.equal((await bulk(3)).status, 413);
    assert.equal((await bulk(1)).status, 200);
  });
});

test("startTcpProxy() refuses, swallows, resets, cuts, deafens and kills, and is well again", async () => {
  const server = createTcpServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => socket.write(chunk));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy = await startTcpProxy({ host: "127.0.0.1", port: (server.address() as { port: number }).port });
  /** What comes back of "hello": all, a part, nothing for `silentMs`, or the end. */
  const hello = (open = connect(proxy.port, "127.0.0.1"), silentMs = 60_000): Promise<string> =>
    new Promise((resolve) => {
      let heard = "";
      open.on("error", () => undefined);
      open.on("data", (chunk) => {
        heard += chunk.toString();
        if (heard === "hello") resolve(heard);
      });
      open.on("close", () => resolve(`${heard}, closed`));
      open.write("hello");
      setTimeout(() => resolve(`${heard}, silent`), silentMs).unref();
    });
  try {
    assert.equal(await hello(), "hello");
    for (const [kind, expected] of [
      ["refuse", ", closed"],
      ["hole", ", silent"],
      ["cut", "hel, closed"],
      ["deaf", ", silent"],
    ] as const) {
      await proxy.set({ kind });
      assert.equal(await hello(undefined, expected === ", silent" ? 400 : undefined), expected, kind);
      await proxy.set(null);
      assert.equal(await hello(), "hello", `after ${kind}`);
    }
    const old = connect(proxy.port, "127.0.0.1");
    assert.equal(await hello(old), "hello");
    await proxy.set({ kind: "dead" });
    await proxy.set(null);
    old.removeAllListeners("data");
    assert.equal(await hello(old, 400), ", silent", "a dead connection stays dead");
    assert.equal(await hello(), "hello", "a new one lives");
    const young = connect(proxy.port, "127.0.0.1");
    assert.equal(await hello(young), "hello");
    const closed = new Promise((resolve) => young.once("close", resolve));
    await proxy.set({ kind: "reset" });
    await closed;
    assert.ok(proxy.hits() >= 1);
  } finally {
    await proxy.close();
    server.close();
  }
});
