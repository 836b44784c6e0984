// Times of the two services: microseconds since 1970, in the three spellings they use.

/** Microseconds since 1970, UTC. */
export type Micros = number;

const form =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/i;

/** What ISO 8601 says, without an offset UTC; null: it is no time. */
export function readTime(text: string): Micros | null {
  const match = form.exec(text.trim());
  if (match === null) return null;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", zone = "Z"] = match;
  const parts = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = Date.UTC(parts[0], parts[1] - 1, ...(parts.slice(2) as [number, number, number, number]));
  const back = new Date(ms);
  if (back.getUTCMonth() !== parts[1] - 1 || back.getUTCDate() !== parts[2] || parts[3] > 23) return null;
  return ms * 1000 + Number(fraction.slice(0, 6).padEnd(6, "0")) - offsetMicros(zone);
}

function offsetMicros(zone: string): Micros {
  if (/^z$/i.test(zone)) return 0;
  const digits = zone.slice(1).replace(":", "");
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return (zone.startsWith("-") ? -1 : 1) * minutes * 60_000_000;
}

/** As Python's isoformat: six digits of a second, or none. */
function isoformat(at: Micros, between: "T" | " "): string {
  const micros = ((at % 1_000_000) + 1_000_000) % 1_000_000;
  const seconds = new Date((at - micros) / 1000).toISOString().slice(0, 19).replace("T", between);
  return micros === 0 ? seconds : `${seconds}.${String(micros).padStart(6, "0")}`;
}

/** The annotation API: ends in Z. */
export function zuluTime(at: Micros): string {
  return `${isoformat(at, "T")}Z`;
}

/** The platform: no offset, and UTC all the same. */
export function naiveTime(at: Micros): string {
  return isoformat(at, "T");
}

/** The annotation API's list with annotations: as Python prints it. */
export function spacedTime(at: Micros): string {
  return `${isoformat(at, " ")}+00:00`;
}

/** YYYYMMDDHHMMSS. */
export function digitsOf(at: Micros): string {
  return isoformat(at, "T").slice(0, 19).replaceAll(/\D/g, "");
}

/** A server's clock: microseconds, no two alike. @param nowMs wall clock, ms since 1970. */
export function createServerClock(nowMs: () => number): () => Micros {
  let last = 0;
  return () => {
    last = Math.max(last + 1, Math.round(nowMs() * 1000));
    return last;
  };
}
