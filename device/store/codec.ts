// Every stored value is sealed: format version, CRC-32, payload. What does not match is damaged, never trusted.
import { crc32 } from "node:zlib";

/** The schema version this program writes; a store with a newer one is refused, not misread. */
export const schemaVersion = 1;

// u8 format version, u32le CRC-32 of that byte and the payload. These five bytes stay the same in every future version, so that
// an older program can tell a newer value from a damaged one.
/** Bytes before the payload. */
export const sealBytesLength = 5;
const headerBytes = sealBytesLength;

/** A stored value that cannot be trusted: flipped bits, a torn write, a foreign format. */
export class DamagedValue extends Error {
  override readonly name = "DamagedValue";
}

/** A sound value that a newer program wrote. */
export class NewerValue extends DamagedValue {
  /** Its schema version. */
  readonly version: number;

  constructor(version: number) {
    super(`value format ${version}, expected ${schemaVersion}`);
    this.version = version;
  }
}

/** Seals bytes. @param version for tests that play a newer program. */
export function sealBytes(payload: Uint8Array, version = schemaVersion): Buffer {
  const sealed = Buffer.allocUnsafe(headerBytes + payload.byteLength);
  sealed.set(payload, headerBytes);
  return writeHeader(sealed, version);
}

/**
 * Opens sealed bytes; the result shares memory with `sealed`.
 * @throws DamagedValue, NewerValue
 */
export function openBytes(sealed: Uint8Array): Uint8Array {
  if (sealed.byteLength < headerBytes)
    throw new DamagedValue(`${sealed.byteLength} bytes, too short for a stored value`);
  const version = sealed[0]!;
  const payload = sealed.subarray(headerBytes);
  const expected = new DataView(sealed.buffer, sealed.byteOffset, sealed.byteLength).getUint32(1, true);
  if (checksum(payload, version) !== expected) throw new DamagedValue("checksum does not match");
  if (version > schemaVersion) throw new NewerValue(version);
  return payload;
}

/** Seals a JSON value. @param version for tests that play a newer program. */
export function sealJson(value: unknown, version = schemaVersion): Buffer {
  const text = JSON.stringify(value);
  const sealed = Buffer.allocUnsafe(headerBytes + Buffer.byteLength(text, "utf8"));
  sealed.write(text, headerBytes, "utf8");
  return writeHeader(sealed, version);
}

/**
 * Opens a sealed JSON value of a type that this house wrote.
 * @throws DamagedValue, NewerValue
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

function writeHeader(sealed: Buffer, version: number): Buffer {
  sealed[0] = version;
  sealed.writeUInt32LE(checksum(sealed.subarray(headerBytes), version), 1);
  return sealed;
}

function checksum(payload: Uint8Array, version: number): number {
  return crc32(payload, crc32(Uint8Array.of(version)));
}
