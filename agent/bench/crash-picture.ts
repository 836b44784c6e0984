// Pictures whose every byte follows from their number, so that a torn or a mixed-up one shows.

/** The bytes of picture `n`. */
export function crashPicture(n: number, bytes: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(bytes / 4));
  let state = (n * 2654435761 + 1) >>> 0;
  for (let at = 0; at < words.length; at += 1) {
    // xorshift32 (Marsaglia, 2003)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state >>>= 0;
  }
  return new Uint8Array(words.buffer, 0, bytes);
}
