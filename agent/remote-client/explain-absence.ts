// Why a device cannot be asked, for a person who wonders whether it is the name, the device or the link.
import type { FoundDevice } from "./devices.ts";
import { ownFailure, type RemoteAnswer } from "./report.ts";

/** null: it is there. */
export function explainAbsence(device: string, all: readonly FoundDevice[]): RemoteAnswer | null {
  const found = all.find((each) => each.device === device);
  if (found?.availability === "online") return null;
  const there = all.filter(({ availability }) => availability === "online").map((each) => each.device);
  const others = there.length === 0 ? "No device is online" : `Online: ${there.join(", ")}`;
  if (found === undefined)
    return ownFailure(
      "unknown_device",
      all.length === 0
        ? `Nothing is known on this broker of any device: ${device} may have only just started; try again in a moment`
        : `No device called ${device} was ever on this broker. ${others}`,
    );
  const how = found.availability === "stopped" ? "was stopped in good order" : "vanished without a word";
  const { heardAt, heardSecondsAgo } = found;
  const when =
    heardAt === null
      ? ""
      : `; it was last heard ${heardAt}, ${describeAge(heardSecondsAgo!)} ago by its own clock`;
  return ownFailure("offline", `${device} is offline: it ${how}${when}. ${others}`);
}

/** Seconds for a person. */
export function describeAge(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
