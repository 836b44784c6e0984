// Dates of label documents, in the index's three formats and its resolution, the millisecond.

const timestamp = /^(\d{4})(\d{2})(\d{2})T(\d{2})-(\d{2})-(\d{2})-(\d{6})$/;
const day = /^(\d{4})(\d{2})(\d{2})$/;
const slashedDay = /^(\d{2})\/(\d{2})\/(\d{4})$/;
const msPerDay = 86_400_000;

/** The formats, for messages. */
export const dateFormats = "yyyyMMdd'T'HH-mm-ss-SSSSSS, yyyyMMdd or dd/MM/yyyy";

/** The milliseconds (since 1970 UTC) that a date text covers, both inclusive: one for a full timestamp, a whole day otherwise. */
export type DateSpan = { readonly firstMs: number; readonly lastMs: number };

/** Reads a date in any of the three formats; null when it has another form or names no date. */
export function parseDate(value: unknown): DateSpan | null {
  if (typeof value !== "string" && typeof value !== "number") return null;
  const text = String(value);
  const full = timestamp.exec(text);
  if (full !== null) {
    const [, year, month, date, hour, minute, second, micros] = full.map(Number) as number[];
    const midnight = dayStart(year!, month!, date!);
    if (midnight === null || hour! > 23 || minute! > 59 || second! > 59) return null;
    const ms = midnight + hour! * 3_600_000 + minute! * 60_000 + second! * 1000 + Math.floor(micros! / 1000);
    return { firstMs: ms, lastMs: ms };
  }
  const plain = day.exec(text);
  if (plain !== null) return wholeDay(dayStart(Number(plain[1]), Number(plain[2]), Number(plain[3])));
  const slashed = slashedDay.exec(text);
  if (slashed !== null) return wholeDay(dayStart(Number(slashed[3]), Number(slashed[2]), Number(slashed[1])));
  return null;
}

function wholeDay(midnight: number | null): DateSpan | null {
  return midnight === null ? null : { firstMs: midnight, lastMs: midnight + msPerDay - 1 };
}

/** Midnight UTC of a day that the calendar has. */
function dayStart(year: number, month: number, date: number): number | null {
  const start = new Date(0);
  // Not Date.UTC, which takes the years 0–99 for 1900–1999.
  start.setUTCFullYear(year, month - 1, date);
  const isReal = year > 0 && start.getUTCMonth() === month - 1 && start.getUTCDate() === date;
  return isReal ? start.getTime() : null;
}
