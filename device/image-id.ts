// img_id: the capture time as `YYYYMMDDTHH-MM-SS-ffffff` (UTC, microseconds), which names a picture everywhere.

const pattern = /^(\d{4})(\d{2})(\d{2})T(\d{2})-(\d{2})-(\d{2})-(\d{6})$/;

/** Whether `text` has the form of an img_id. */
export function isImageId(text: string): boolean {
  return pattern.test(text);
}

/** Formats wall-clock microseconds since 1970 UTC as an img_id. The same form serves every time stamp of a label. */
export function formatImageId(wallUs: number): string {
  const us = Math.floor(wallUs);
  const iso = new Date(Math.floor(us / 1000)).toISOString();
  const micros = String(((us % 1_000_000) + 1_000_000) % 1_000_000).padStart(6, "0");
  return `${iso.slice(0, 10).replaceAll("-", "")}T${iso.slice(11, 19).replaceAll(":", "-")}-${micros}`;
}

/** Reads an img_id back to microseconds since 1970 UTC; null when it has another form or names no real time. */
export function parseImageId(text: string): number | null {
  const match = pattern.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, micros] = match.map(Number) as [number, ...number[]];
  const ms = Date.UTC(year!, month! - 1, day!, hour!, minute!, second!);
  const date = new Date(ms);
  if (
    date.getUTCMonth() !== month! - 1 ||
    date.getUTCDate() !== day ||
    hour! > 23 ||
    minute! > 59 ||
    second! > 59
  )
    return null;
  return ms * 1000 + micros!;
}

/** The `YYYYMMDD` part, used in bucket keys. */
export function dayOf(imageId: string): string {
  return imageId.slice(0, 8);
}

/**
 * Hands out img_ids that are unique and rise, also when two cameras expose in the same microsecond or the wall clock steps
 * back a little: a taken id is bumped by a microsecond.
 * @param isTaken asks the store, for ids of an earlier life of the process.
 */
export function createImageIdAllocator(isTaken: (imageId: string) => boolean): (wallUs: number) => string {
  const recent = new Set<string>();
  return (wallUs) => {
    let us = Math.floor(wallUs);
    let imageId = formatImageId(us);
    while (recent.has(imageId) || isTaken(imageId)) {
      us += 1;
      imageId = formatImageId(us);
    }
    recent.add(imageId);
    if (recent.size > 4096) recent.delete(recent.values().next().value!);
    return imageId;
  };
}
