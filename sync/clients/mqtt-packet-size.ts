// Reads the declared size of every MQTT packet off a byte stream (fixed header, MQTT 3.1.1 §2.2), so that a giant can be refused
// before it is collected in memory: the parsers of our libraries keep up to 256 MB of one packet.

/** Looks at the bytes of one connection, in order; returns the size of the first packet above the limit, or null while all is well. */
export type PacketSizeGuard = (chunk: Uint8Array) => number | null;

/** @param maxBytes the largest whole packet allowed, header included. */
export function createPacketSizeGuard(maxBytes: number): PacketSizeGuard {
  let skip = 0; // bytes of the current packet's body that are still to come
  let inHeader = false;
  let headerBytes = 0;
  let length = 0;
  return (chunk) => {
    for (let offset = 0; offset < chunk.length; ) {
      if (skip > 0) {
        const step = Math.min(skip, chunk.length - offset);
        skip -= step;
        offset += step;
        continue;
      }
      const byte = chunk[offset]!;
      offset += 1;
      if (!inHeader) {
        inHeader = true;
        headerBytes = 1;
        length = 0;
        continue;
      }
      // Remaining length: 7 bits a byte, lowest first, at most 4 bytes; a fifth is malformed and counts as a giant.
      length += (byte & 0x7f) * 128 ** (headerBytes - 1);
      headerBytes += 1;
      if ((byte & 0x80) !== 0 && headerBytes < 5) continue;
      if ((byte & 0x80) !== 0 || headerBytes + length > maxBytes) return headerBytes + length;
      inHeader = false;
      skip = length;
    }
    return null;
  };
}
