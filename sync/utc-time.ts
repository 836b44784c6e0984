// Times of the two services: ISO 8601 with up to nine digits of a second; without an offset they are UTC.

const form =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?$/i;

/** Microseconds since 1970 UTC; null: it names no moment. Date.parse would take a time without an offset for one of this machine's place. */
export function parseUtc(text: unknown): number | null {
  const match = typeof text === "string" ? form.exec(text) : null;
  if (match === null) return null;
  const [, day = "", time = "", fraction = "", offset = "Z"] = match;
  const ms = Date.parse(`${day}T${time}Z`);
  // The services know no year 0. The 30th of February is taken for the 1st or 2nd of March.
  if (Number.isNaN(ms) || day.startsWith("0000") || !new Date(ms).toISOString().startsWith(day)) return null;
  return ms * 1000 + Math.floor(Number(fraction.padEnd(9, "0")) / 1000) - offsetUs(offset);
}

function offsetUs(offset: string): number {
  if (offset === "Z" || offset === "z") return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  return (offset.startsWith("-") ? -minutes : minutes) * 60e6;
}
