import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
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
