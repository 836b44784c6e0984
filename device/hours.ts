// Hours of the machine's local time, also over midnight: when a camera is looked at, when is sent.

/** from, to: HH:MM, "24:00" is the end of the day; an end before its start is on the next day. */
export type Hours = {
  readonly from: string;
  readonly to: string;
  /** Days it begins on; not given: every day. */
  readonly days?: readonly string[] | undefined;
};

const dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** Whether a moment is within one of the entries; without entries always. An entry with from = to is the whole day. */
export function isWithinHours(hours: readonly Hours[], at: Date): boolean {
  if (hours.length === 0) return true;
  const minute = at.getHours() * 60 + at.getMinutes();
  const today = dayNames[at.getDay()]!;
  const yesterday = dayNames[(at.getDay() + 6) % 7]!;
  return hours.some(({ from, to, days }) => {
    const begins = minutesOf(from);
    const ends = minutesOf(to);
    const onDay = (day: string): boolean => days === undefined || days.includes(day);
    if (begins < ends) return onDay(today) && minute >= begins && minute < ends;
    if (begins === ends) return onDay(today);
    return (onDay(today) && minute >= begins) || (onDay(yesterday) && minute < ends);
  });
}

/** When the next of the entries begins, as a person says it: "22:00" within a day, "sat 08:00" later; null: none ever does. */
export function nextOpening(hours: readonly Hours[], at: Date): string | null {
  const minute = at.getHours() * 60 + at.getMinutes();
  for (let ahead = 0; ahead <= 7; ahead += 1) {
    const day = dayNames[(at.getDay() + ahead) % 7]!;
    const [first] = hours
      .filter(({ days }) => days === undefined || days.includes(day))
      // A whole day begins with the day, whatever minute it names.
      .map(({ from, to }) => (from === to ? "00:00" : from))
      .filter((from) => ahead > 0 || minutesOf(from) > minute)
      .sort();
    if (first === undefined) continue;
    const isWithinADay = ahead === 0 || (ahead === 1 && minutesOf(first) <= minute);
    return isWithinADay ? first : `${day} ${first}`;
  }
  return null;
}

function minutesOf(time: string): number {
  const [hours, minutes] = time.split(":").map(Number) as [number, number];
  return hours * 60 + minutes;
}
