// MQTT 3.1.1 packets as bytes on a bare connection: a client that keeps count of what it sends cannot flood.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { parseBrokerUrl } from "../../sync/clients/mqtt-address.ts";

/** Of section 2.2.1, with the flags of section 2.2.2. */
const connectType = 0x10;
const publishType = 0x30;
const retainFlag = 0x01;
const disconnectPacket = Buffer.from([0xe0, 0x00]);

/** A PUBLISH of QoS 0 (section 3.3). */
export function publishPacket(topic: string, payload: string | Uint8Array, retain: boolean): Buffer {
  return packet(publishType | (retain ? retainFlag : 0), text(topic), Buffer.from(payload));
}

/** A connection that the broker has taken; what it sends is read and thrown away. @throws Error when it refuses */
export async function openWire(url: string, clientId: string): Promise<Socket> {
  const { host, port, secure, credentials } = parseBrokerUrl(url);
  if (secure) throw new Error(`Expected mqtt:// for a flood, got ${url.split("://")[0]}://`);
  const socket = connect({ host, port, noDelay: true });
  const answered = once(socket, "data") as Promise<[Buffer]>;
  socket.write(connectPacket(clientId, credentials));
  const [answer] = await answered;
  // CONNACK, section 3.2: the return code is its last byte.
  if (answer[0] !== 0x20 || answer[3] !== 0) {
    socket.destroy();
    throw new Error(`The broker refused the flood: ${answer.subarray(0, 4).toString("hex")}`);
  }
  socket.resume();
  return socket;
}

/** Sends what is left and says goodbye. */
export async function closeWire(socket: Socket): Promise<void> {
  const closed = once(socket, "close");
  socket.end(disconnectPacket);
  await closed;
}

/** Section 3.1: clean session, no keep-alive. */
function connectPacket(
  clientId: string,
  credentials: { readonly username: string; readonly password: string } | null,
): Buffer {
  const flags = 0x02 | (credentials === null ? 0 : 0xc0);
  const accounts = credentials === null ? [] : [text(credentials.username), text(credentials.password)];
  return packet(connectType, text("MQTT"), Buffer.from([4, flags, 0, 0]), text(clientId), ...accounts);
}

function packet(type: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([type, ...lengthBytes(body.length)]), body]);
}

/** Remaining length, section 2.2.3: seven bits a byte, lowest first. */
function lengthBytes(length: number): readonly number[] {
  return length < 128 ? [length] : [(length % 128) | 128, ...lengthBytes(Math.floor(length / 128))];
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "utf8");
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}
