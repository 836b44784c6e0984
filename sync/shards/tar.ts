// The tar blocks of one file (POSIX ustar), always the same for the same name and size: a shard that is sent again is the same shard.

/** Tar counts in blocks of so many bytes. */
export const blockBytes = 512;
/** The two empty blocks at the end of an archive. */
export const endBytes = 2 * blockBytes;

const maxNameBytes = 100;
/** Eleven octal digits. */
const maxSize = 0o77777777777;

/** Bytes that a file of `size` bytes takes in an archive, with its header and padding. */
export function tarBytes(size: number): number {
  return blockBytes + Math.ceil(size / blockBytes) * blockBytes;
}

/** The header of a plain file. @throws RangeError for a name or size that ustar has no room for. */
export function tarHeader(name: string, size: number): Uint8Array {
  if (!/^[\x21-\x7e]+$/.test(name) || name.length > maxNameBytes)
    throw new RangeError(`Expected a name of 1–${maxNameBytes} printable ASCII characters, got "${name}"`);
  if (!Number.isInteger(size) || size < 0 || size > maxSize)
    throw new RangeError(`Expected a size of 0–${maxSize} bytes, got ${size}`);
  const header = Buffer.alloc(blockBytes);
  header.write(name, 0, "latin1");
  header.write("000644 \0", 100, "latin1");
  header.write("000000 \0", 108, "latin1");
  header.write("000000 \0", 116, "latin1");
  header.write(`${size.toString(8).padStart(11, "0")} `, 124, "latin1");
  // The time of the frame is in its name; a time of packing would make every try another archive.
  header.write(`${"0".repeat(11)} `, 136, "latin1");
  header.write("0", 156, "latin1");
  header.write("ustar\x0000", 257, "latin1");
  header.write("000000 \0", 329, "latin1");
  header.write("000000 \0", 337, "latin1");
  header.write(`${checksum(header).toString(8).padStart(6, "0")} \0`, 148, "latin1");
  return header;
}

/** Reads the header of a plain file; null: these bytes are none. */
export function readTarHeader(block: Uint8Array): { readonly name: string; readonly size: number } | null {
  if (block.byteLength !== blockBytes) return null;
  const header = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  const text = (start: number, length: number): string =>
    header.toString("latin1", start, start + length).replace(/\0.*$/s, "");
  const octal = (start: number, length: number): number => {
    const digits = text(start, length).trim();
    return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
  };
  const type = header[156];
  const isPlain = type === 0 || type === "0".charCodeAt(0);
  const size = octal(124, 12);
  if (!isPlain || Number.isNaN(size) || octal(148, 8) !== checksum(header)) return null;
  return { name: text(0, maxNameBytes), size };
}

/** The sum of the header's bytes, those of the sum itself counted as spaces. */
function checksum(header: Uint8Array): number {
  let sum = 8 * " ".charCodeAt(0);
  for (let at = 0; at < blockBytes; at += 1) if (at < 148 || at >= 156) sum += header[at]!;
  return sum;
}
