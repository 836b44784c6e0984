// When a camera is looked at: hours of the machine's local time, also over midnight.

/** from, to: HH:MM, "24:00" is the end of the day; an end before its start is on the next day. */
export type ScheduleEntry = {
  readonly from: string;
  readonly to: string;
  /** Days it begins on; not given: every day. */
  readonly days?: readonly string[] | undefined;
};

const dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** Whether a moment is within one of the entries; without entries always. An entry with from = to is the whole day. */
export function isScheduled(schedule: readonly ScheduleEntry[], at: Date): boolean {
  if (schedule.length === 0) return true;
  const minute = at.getHours() * 60 + at.getMinutes();
  const today = dayNames[at.getDay()]!;
  const yesterday = dayNames[(at.getDay() + 6) % 7]!;
  return schedule.some(({ from, to, days }) => {
    const begins = minutesOf(from);
    const ends = minutesOf(to);
    const onDay = (day: string): boolean => days === undefined || days.includes(day);
    if (begins < ends) return onDay(today) && minute >= begins && minute < ends;
    if (begins === ends) return onDay(today);
    return (onDay(today) && minute >= begins) || (onDay(yesterday) && minute < ends);
  });
}

function minutesOf(time: string): number {
  const [hours, minutes] = time.split(":").map(Number) as [number, number];
  return hours * 60 + minutes;
}
