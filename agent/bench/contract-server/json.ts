// JSON with whole numbers of 64 bits: ids of the services may be larger than a JavaScript number holds.

/** A whole number; bigint only where a number would not be exact. */
export type BigId = number | bigint;

export function bigIdOf(text: string): BigId {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** Like JSON.stringify, and bigints as the numbers they are. */
export function writeJson(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) =>
    typeof one === "bigint" ? `\u0000${one}` : one,
  ).replaceAll(/"\\u0000(-?\d+)"/g, "$1");
}
