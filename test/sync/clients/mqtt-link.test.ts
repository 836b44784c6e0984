import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { test } from "node:test";
import { createSystemClock } from "../../../device/clock.ts";
import { type Log, silentLog } from "../../../device/log.ts";
import { startBroker } from "../../../sync/clients/broker.ts";
import { createMqttLink, type MqttLink, type MqttLinkOptions } from "../../../sync/clients/mqtt-link.ts";
import { SyncError } from "../../../sync/errors.ts";
import { eventually } from "../../fakes/eventually.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { connectPeer, textOf } from "../../fakes/mqtt-peer.ts";

const never = new AbortController().signal;
const soon = { baseMs: 1, capMs: 5 };

function openLink(url: string, options: Partial<MqttLinkOptions> = {}): MqttLink {
  return createMqttLink({
    url,
    clientId: "car7",
    will: { topic: "o/car7/availability", payload: "offline", qos: 1, retain: true },
    backoff: soon,
    clock: createSystemClock(),
    random: () => 1,
    log: silentLog,
    ...options,
  });
}

const connected = (link: MqttLink): Promise<true> =>
  eventually("a connection", () => link.state().phase === "connected" || null);

/** A TCP server that answers CONNECT and nothing else: a broker that stalls. */
async function startMute(
  answer: Buffer | null,
): Promise<{ url: string; sockets: Socket[]; close: () => void }> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.once("data", () => (answer === null ? socket.destroy() : socket.write(answer)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { url: `mqtt://127.0.0.1:${port}`, sockets, close };
}
const connackFive = Buffer.from("2003000000", "hex");

test("createMqttLink() falls back to MQTT 3.1.1 where 5 is refused and delivers both ways", async () => {
  const broker = await startBroker({ port: 0, log: silentLog });
  const link = openLink(broker.url);
  const peer = await connectPeer(broker.url);
  await connected(link);
  assert.equal(link.state().protocol, 4);
  await link.publish({ topic: "o/x", payload: "über", qos: 1 }, never);
  await link.publish({ topic: "o/y", payload: Buffer.from([0, 255]), qos: 0 }, never);
  assert.equal(textOf(await peer.next("o/x")), "über");
  assert.deepEqual([...(await peer.next("o/y")).payload], [0, 255]);
  await Promise.all([link.close(), link.close(), peer.link.close()]);
  assert.equal(link.state().phase, "closed");
  await broker.close();
});

test("publish() fails at once while there is no connection, as offline, and names no secret", async () => {
  const link = openLink("mqtt://car:hush@127.0.0.1:1", { clock: createManualClock() });
  await eventually("a failed attempt", () => link.state().lastError);
  await assert.rejects(link.publish({ topic: "a", payload: "b", qos: 1 }, never), (error) => {
    assert.ok(error instanceof SyncError);
    assert.equal(error.kind, "offline");
    assert.match(error.message, /mqtt:\/\/127\.0\.0\.1:1.*ECONNREFUSED/);
    assert.doesNotMatch(error.message, /hush/);
    return true;
  });
  assert.doesNotMatch(JSON.stringify([link.url, link.state()]), /hush/);
  await link.close();
});

test("publish() refuses for good what no broker would take: wildcards, giants", async () => {
  const broker = await startBroker({ port: 0, log: silentLog });
  const link = openLink(broker.url, { maxPayloadBytes: 10 });
  await connected(link);
  for (const publication of [
    { topic: "a/+", payload: "x", qos: 1 as const },
    { topic: "a", payload: "x".repeat(11), qos: 0 as const },
  ])
    await assert.rejects(
      link.publish(publication, never),
      (error) => error instanceof SyncError && error.kind === "permanent",
    );
  assert.equal(link.state().phase, "connected");
  await link.close();
  await broker.close();
});

test("createMqttLink() greets and subscribes again after the broker was away", async () => {
  const first = await startBroker({ port: 0, log: silentLog });
  const link = openLink(first.url);
  const heard: string[] = [];
  link.subscribe("to/car", (message) => heard.push(textOf(message)));
  link.onConnect((signal) =>
    link.publish({ topic: "birth", payload: "online", qos: 1, retain: true }, signal),
  );
  await connected(link);
  await first.close();
  await eventually("the loss to be noticed", () => link.state().phase !== "connected");
  const second = await startBroker({ port: first.port, log: silentLog });
  const peer = await connectPeer(second.url);
  assert.equal(textOf(await peer.next("birth")), "online");
  await peer.link.publish({ topic: "to/car", payload: "hello", qos: 1 }, never);
  await eventually("the message", () => heard.includes("hello"));
  assert.equal(link.state().connects, 2);
  await Promise.all([link.close(), peer.link.close()]);
  await second.close();
});

test("createMqttLink() lets the broker publish the will when it vanishes, and not when it says goodbye", async () => {
  const broker = await startBroker({ port: 0, log: silentLog });
  const peer = await connectPeer(broker.url);
  const polite = openLink(broker.url, {
    clientId: "polite",
    will: { topic: "will/polite", payload: "x", qos: 1 },
  });
  await connected(polite);
  await polite.close();
  const lost = openLink(broker.url, { clientId: "lost", will: { topic: "will/lost", payload: "x", qos: 1 } });
  await connected(lost);
  // Another client with the same id: the broker drops the first connection, as it would after a loss.
  const thief = openLink(broker.url, { clientId: "lost", will: null });
  await peer.next("will/lost");
  assert.equal(
    peer.heard.some(({ topic }) => topic === "will/polite"),
    false,
  );
  await Promise.all([thief.close(), lost.close(), peer.link.close()]);
  await broker.close();
});

test("createMqttLink() waits longer after every failure, with full jitter, up to the cap; retryNow() ends the wait", async () => {
  const clock = createManualClock();
  const waits: number[] = [];
  const spied = {
    ...clock,
    sleep: (ms: number, signal: AbortSignal) => {
      waits.push(ms);
      return clock.sleep(ms, signal);
    },
  };
  const link = openLink("mqtt://127.0.0.1:1", {
    clock: spied,
    random: () => 0.5,
    backoff: { baseMs: 100, capMs: 500 },
  });
  for (let failures = 1; failures <= 5; failures += 1) {
    await eventually(`failure ${failures}`, () => waits.length === failures);
    if (failures === 2) link.retryNow();
    else await clock.advance(waits.at(-1)!);
  }
  assert.deepEqual(waits.slice(0, 5), [50, 100, 200, 250, 250]);
  await link.close();
});

test("createMqttLink() waits no longer than 2 s for a broker that flaps: only one that cannot be reached is left alone for long", async () => {
  const waits: number[] = [];
  const clock = createSystemClock();
  const spied = {
    ...clock,
    // The wait of the reconnect, without the wait.
    sleep: (ms: number, signal: AbortSignal) => {
      if (ms < 10_000) waits.push(ms);
      return ms < 10_000 ? clock.sleep(1, signal) : clock.sleep(ms, signal);
    },
  };
  const mute = await startMute(connackFive);
  const link = openLink(mute.url, {
    clock: spied,
    random: () => 0.999,
    backoff: { baseMs: 500, capMs: 60_000 },
  });
  try {
    for (let flaps = 1; flaps <= 6; flaps += 1) {
      await eventually(`flap ${flaps}`, () => {
        for (const socket of mute.sockets) if (socket.bytesRead > 0) socket.destroy();
        return waits.length >= flaps;
      });
    }
  } finally {
    await link.close();
    mute.close();
  }
  assert.ok(Math.max(...waits) <= 2000, `waited ${waits}`);
  assert.ok(link.state().connects >= 1, "it never came about");
});

test("publish() gives up on a mute broker after the limit, drops the dead connection and keeps its place until then", async () => {
  const mute = await startMute(connackFive);
  const clock = createManualClock();
  const link = openLink(mute.url, { clock, ackTimeoutMs: 1000, maxInflight: 1 });
  await connected(link);
  assert.equal(link.state().protocol, 5);
  const outcome = assert.rejects(
    link.publish({ topic: "a", payload: "b", qos: 1 }, never),
    /did not acknowledge within 1000 ms/,
  );
  const second = assert.rejects(link.publish({ topic: "a", payload: "c", qos: 1 }, never), SyncError);
  assert.equal(link.state().inflight, 1);
  await clock.advance(1001);
  await outcome;
  await second;
  await eventually("the dead connection to be dropped", () => link.state().failures === 1);
  await link.close();
  mute.close();
});

test("publish() fails as offline when the connection is lost before the acknowledgement", async () => {
  const mute = await startMute(connackFive);
  const link = openLink(mute.url, { clock: createManualClock() });
  await connected(link);
  const outcome = assert.rejects(
    link.publish({ topic: "a", payload: "b", qos: 1 }, never),
    (error) => error instanceof SyncError && error.kind === "offline",
  );
  await eventually("the connection", () => mute.sockets.length === 1);
  mute.sockets[0]!.destroy();
  await outcome;
  await link.close();
  mute.close();
});

test("publish() fails at once when the broker answers what cannot be parsed, and the connection is made anew", async () => {
  const mute = await startMute(connackFive);
  const link = openLink(mute.url, { clock: createManualClock() });
  await connected(link);
  const socket = await eventually("the connection", () => mute.sockets[0]);
  // PUBACK with reason 149, which MQTT 5 §3.4.2.1 does not list; Mosquitto 2.0.11 sends it for its message_size_limit.
  socket.on("data", (publish: Buffer) => socket.write(Buffer.from([0x40, 3, publish[5]!, publish[6]!, 149])));
  await assert.rejects(link.publish({ topic: "a", payload: "b", qos: 1 }, never), SyncError);
  await eventually("the loss", () => link.state().failures === 1);
  assert.match(link.state().lastError?.message ?? "", /puback/i);
  await link.close();
  mute.close();
});

test("publish() refuses for good what is larger than the broker says it takes", async () => {
  const mute = await startMute(Buffer.from("200800000527000003e8", "hex")); // CONNACK, maximum packet size 1000
  const clock = createManualClock();
  const link = openLink(mute.url, { clock });
  await connected(link);
  await assert.rejects(
    link.publish({ topic: "a", payload: "x".repeat(999), qos: 1 }, never),
    (error) =>
      error instanceof SyncError && error.kind === "permanent" && /takes 1000 bytes/.test(error.message),
  );
  const stop = new AbortController();
  const fits = link.publish({ topic: "a", payload: "x".repeat(960), qos: 1 }, stop.signal);
  await eventually("a message on its way", () => link.state().inflight === 1);
  stop.abort(new Error("seen"));
  await assert.rejects(fits, /seen/);
  const closed = link.close();
  await clock.advance(2001);
  await closed;
  mute.close();
});

test("publish() stops waiting when its signal aborts", async () => {
  const mute = await startMute(connackFive);
  const clock = createManualClock();
  const link = openLink(mute.url, { clock });
  await connected(link);
  const stop = new AbortController();
  const outcome = assert.rejects(link.publish({ topic: "a", payload: "b", qos: 1 }, stop.signal), /enough/);
  stop.abort(new Error("enough"));
  await outcome;
  const closed = link.close(); // waits 2 s for the acknowledgement that never comes, then drops the connection
  await clock.advance(2001);
  await closed;
  mute.close();
});

test("createMqttLink() closes while it connects to something that never answers", async () => {
  const mute = await startMute(Buffer.alloc(0));
  const link = openLink(mute.url);
  await eventually("an attempt", () => mute.sockets.length > 0);
  await link.close();
  assert.equal(link.state().phase, "closed");
  mute.close();
});

test("createMqttLink() tries 3.1.1 where MQTT 5 is hung up on, asks for credentials every time and logs no secret", async () => {
  const mute = await startMute(null);
  let asked = 0;
  const lines: unknown[] = [];
  const note = (...line: unknown[]): number => lines.push(line);
  const log: Log = { debug: note, info: note, warn: note, error: note };
  const link = openLink(mute.url, {
    log,
    credentials: async () => {
      asked += 1;
      return { username: "car", password: `hush${asked}` };
    },
  });
  await eventually("two attempts of two connections", () => asked >= 2 && mute.sockets.length >= 4);
  await link.close();
  assert.match(link.state().lastError?.message ?? "", /hung up/);
  assert.doesNotMatch(JSON.stringify([lines, link.state()]), /hush/);
  mute.close();
});

test("subscribe() hears again what it left a moment ago", async () => {
  const broker = await startBroker({ port: 0, log: silentLog });
  const link = openLink(broker.url);
  await connected(link);
  for (let round = 0; round < 5; round += 1) {
    const heard: string[] = [];
    const leave = link.subscribe("to/car", (message) => heard.push(textOf(message)));
    await eventually("the message", async () => {
      await link.publish({ topic: "to/car", payload: "hello", qos: 1 }, never);
      return heard.length > 0;
    });
    leave();
  }
  await link.close();
  await broker.close();
});

test("subscribe() survives a listener that throws, and stops when told", async () => {
  const broker = await startBroker({ port: 0, log: silentLog });
  const link = openLink(broker.url);
  const heard: string[] = [];
  link.subscribe("a/#", () => {
    throw new Error("bad listener");
  });
  const stop = link.subscribe("a/b", (message) => heard.push(textOf(message)));
  await connected(link);
  await link.publish({ topic: "a/b", payload: "1", qos: 1 }, never);
  await eventually("the message", () => heard.length === 1);
  stop();
  await link.publish({ topic: "a/b", payload: "2", qos: 1 }, never);
  await eventually("the other listener to have it", () => link.state().received === 2);
  assert.deepEqual(heard, ["1"]);
  assert.throws(() => link.subscribe("a/#/b", () => undefined), /topic filter/);
  await link.close();
  await broker.close();
});
