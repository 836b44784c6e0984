import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { silentLog } from "../../../device/log.ts";
import { startBroker } from "../../../sync/clients/broker.ts";
import { createMqttLink } from "../../../sync/clients/mqtt-link.ts";
import { eventually } from "../../fakes/eventually.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { connectPeer, textOf } from "../../fakes/mqtt-peer.ts";

const never = new AbortController().signal;

test("startBroker() listens on loopback at any free port and closes twice", async () => {
  const broker = await startBroker({ port: 0, log: silentLog });
  assert.match(broker.url, /^mqtt:\/\/127\.0\.0\.1:\d+$/);
  const peer = await connectPeer(broker.url);
  assert.equal(broker.clients(), 1);
  await peer.link.close();
  await broker.close();
  await broker.close();
});

test("startBroker() says which port is taken and what to do", async () => {
  const broker = await startBroker({ port: 0, log: silentLog });
  await assert.rejects(startBroker({ port: broker.port, log: silentLog }), (error: Error) => {
    assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${broker.port}`));
    assert.match(error.message, /another program has that port/);
    return true;
  });
  await broker.close();
});

test("startBroker() lets in the account that is set, and nobody else", async () => {
  const broker = await startBroker({
    port: 0,
    credentials: { username: "car", password: "s3cret" },
    log: silentLog,
  });
  const address = `127.0.0.1:${broker.port}`;
  const peer = await connectPeer(`mqtt://car:s3cret@${address}`);
  for (const account of ["car:wrong@", "other:s3cret@", ""]) {
    const stranger = createMqttLink({
      url: `mqtt://${account}${address}`,
      clientId: "stranger",
      will: null,
      clock: createManualClock(),
      random: () => 1,
      log: silentLog,
    });
    const { message } = await eventually("a refusal", () => stranger.state().lastError);
    assert.match(message, /Not authorized/);
    await stranger.close();
  }
  await peer.link.close();
  await broker.close();
});

test("startBroker() drops a client that announces a giant packet, before it is sent, and serves the others", async () => {
  const broker = await startBroker({ port: 0, maxPayloadBytes: 1000, log: silentLog });
  const peer = await connectPeer(broker.url);
  const socket = connect(broker.port, "127.0.0.1");
  await once(socket, "connect");
  socket.on("error", () => undefined);
  const connectPacket = Buffer.from("101000044d51545404020000000474657374", "hex");
  const announce = Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]); // PUBLISH of 256 MB
  socket.write(Buffer.concat([connectPacket, announce]));
  await once(socket, "close");
  await peer.link.publish({ topic: "t", payload: "still here", qos: 1 }, never);
  assert.equal(textOf(await peer.next("t")), "still here");
  await peer.link.close();
  await broker.close();
});

test("startBroker() survives bytes that are no MQTT", async () => {
  const broker = await startBroker({ port: 0, log: silentLog });
  for (const garbage of ["GET / HTTP/1.1\r\n\r\n", "\x00\x00\x00", "\xff".repeat(300)]) {
    const socket = connect(broker.port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.end(Buffer.from(garbage, "latin1"));
    socket.resume();
    await once(socket, "close");
  }
  const peer = await connectPeer(broker.url);
  await peer.link.close();
  await broker.close();
});

test("startBroker() keeps nothing for a client that is away: no session, no queue without end", async () => {
  const broker = await startBroker({ port: 0, log: silentLog });
  const peer = await connectPeer(broker.url, { filter: "other" });
  // CONNECT with clean session 0 as "test", then SUBSCRIBE to "t" with QoS 1.
  const hello = Buffer.from("101000044d51545404000000000474657374", "hex");
  const subscribe = Buffer.from("8206000100017401", "hex");
  const first = await openRaw(broker.port);
  first.socket.write(hello);
  await eventually("CONNACK", () => first.bytes().length === 4);
  first.socket.write(subscribe);
  await eventually("SUBACK", () => first.bytes().length === 9);
  first.socket.destroy();
  await eventually("the broker to notice", () => broker.clients() === 1);
  await peer.link.publish({ topic: "t", payload: "while away", qos: 1 }, never);
  const second = await openRaw(broker.port);
  second.socket.write(hello);
  await eventually("CONNACK", () => second.bytes().length === 4);
  assert.equal(second.bytes().toString("hex"), "20020000", "no session is present");
  second.socket.write(Buffer.from("c000", "hex")); // PINGREQ: what was queued would come before its answer
  await eventually("PINGRESP", () => second.bytes().length > 4);
  assert.equal(second.bytes().toString("hex"), "20020000d000");
  second.socket.destroy();
  await peer.link.close();
  await broker.close();
});

test("startBroker() keeps $ topics to itself and retained topics within a limit", async () => {
  const lines: string[] = [];
  const log = { ...silentLog, debug: (fields: object) => void lines.push(JSON.stringify(fields)) };
  const broker = await startBroker({ port: 0, log });
  const peer = await connectPeer(broker.url, { filter: "other", backoff: { baseMs: 1, capMs: 2 } });
  await assert.rejects(peer.link.publish({ topic: "$SYS/x", payload: "x", qos: 1 }, never));
  await eventually(
    "the way back",
    () => peer.link.state().phase === "connected" && peer.link.state().connects === 2,
  );
  for (let batch = 0; batch < 4096; batch += 64)
    await Promise.all(
      Array.from({ length: 64 }, (_, n) =>
        peer.link.publish({ topic: `r/${batch + n}`, payload: "x", qos: 1, retain: true }, never),
      ),
    );
  await assert.rejects(peer.link.publish({ topic: "r/more", payload: "x", qos: 1, retain: true }, never));
  await eventually("the reason", () => lines.some((line) => line.includes("at most 4096 retained topics")));
  await eventually(
    "the way back",
    () => peer.link.state().connects === 3 && peer.link.state().phase === "connected",
  );
  await peer.link.publish({ topic: "r/1", payload: "", qos: 1, retain: true }, never);
  await peer.link.publish({ topic: "r/more", payload: "x", qos: 1, retain: true }, never);
  await peer.link.close();
  await broker.close();
});

async function openRaw(port: number): Promise<{ socket: Socket; bytes: () => Buffer }> {
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, "connect");
  return { socket, bytes: () => Buffer.concat(chunks) };
}
