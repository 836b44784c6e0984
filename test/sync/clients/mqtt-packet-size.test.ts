import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createPacketSizeGuard } from "../../../sync/clients/mqtt-packet-size.ts";

function packet(bodyBytes: number): Buffer {
  const header = [0x30];
  let rest = bodyBytes;
  do {
    const digit = rest % 128;
    rest = Math.floor(rest / 128);
    header.push(rest > 0 ? digit | 0x80 : digit);
  } while (rest > 0);
  return Buffer.concat([Buffer.from(header), Buffer.alloc(bodyBytes, 0xff)]);
}

test("createPacketSizeGuard() finds the first packet above the limit however the bytes are cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 97 }),
      (bodies, cut) => {
        const guard = createPacketSizeGuard(300);
        const packets = bodies.map(packet);
        const bytes = Buffer.concat(packets);
        const giant = packets.find(({ length }) => length > 300);
        let found: number | null = null;
        for (let offset = 0; offset < bytes.length && found === null; offset += cut)
          found = guard(bytes.subarray(offset, offset + cut));
        assert.equal(found, giant?.length ?? null);
      },
    ),
  );
});

test("createPacketSizeGuard() takes a length of more than four bytes for a giant", () => {
  assert.notEqual(createPacketSizeGuard(1e6)(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01])), null);
});
