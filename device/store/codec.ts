// Every stored value is sealed: format version, CRC-32, payload. What does not match is damaged, never trusted.
import { crc32 } from "node:zlib";

/** The schema version this program writes; a store with a newer one is refused, not misread. */
export const schemaVersion = 1;

const headerBytes = 5;

/** A stored value that cannot be trusted: flipped bits, a torn write, a foreign format. */
export class DamagedValue extends Error {
  override readonly name = "DamagedValue";
}

/** Seals bytes: u8 format version, u32le CRC-32 of the payload, payload. */
export function sealBytes(payload: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(headerBytes + payload.byteLength);
  sealed[0] = schemaVersion;
  sealed.writeUInt32LE(crc32(payload), 1);
  sealed.set(payload, headerBytes);
  return sealed;
}

/**
 * Opens sealed bytes; the result shares memory with `sealed`.
 * @throws DamagedValue
 */
export function openBytes(sealed: Uint8Array): Uint8Array {
  if (sealed.byteLength < headerBytes)
    throw new DamagedValue(`${sealed.byteLength} bytes, too short for a stored value`);
  if (sealed[0] !== schemaVersion)
    throw new DamagedValue(`value format ${sealed[0]}, expected ${schemaVersion}`);
  const payload = sealed.subarray(headerBytes);
  const expected = new DataView(sealed.buffer, sealed.byteOffset, sealed.byteLength).getUint32(1, true);
  if (crc32(payload) !== expected) throw new DamagedValue("checksum does not match");
  return payload;
}

/** Seals a JSON value. */
export function sealJson(value: unknown): Buffer {
  return sealBytes(Buffer.from(JSON.stringify(value), "utf8"));
}

/**
 * Opens a sealed JSON value of a type that this house wrote.
 * @throws DamagedValue
 */
export function openJson<T>(sealed: Uint8Array): T {
  const payload = openBytes(sealed);
  try {
    return JSON.parse(
      Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("utf8"),
    ) as T;
  } catch (cause) {
    throw new DamagedValue("not the JSON it was", { cause });
  }
}
