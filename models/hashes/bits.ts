// Bits as hex digits, the first bit highest.

/** @param count a multiple of 4. */
export function bitsToHex(count: number, isSet: (bit: number) => boolean): string {
  let hex = "";
  for (let bit = 0; bit < count; bit += 4) {
    let digit = 0;
    for (let place = 0; place < 4; place += 1) digit = digit * 2 + (isSet(bit + place) ? 1 : 0);
    hex += digit.toString(16);
  }
  return hex;
}
