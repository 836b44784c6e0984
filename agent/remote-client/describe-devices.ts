// The devices on a broker, for a person.
import { oneLine, table } from "./describe-answer.ts";
import type { FoundDevice } from "./devices.ts";
import { describeAge } from "./explain-absence.ts";

/** A table, online ones first. */
export function describeDevices(devices: readonly FoundDevice[]): string {
  if (devices.length === 0) return "no device was ever on this broker under this base";
  const order = [...devices].sort(
    (a, b) => Number(b.availability === "online") - Number(a.availability === "online"),
  );
  const rows = order.map(({ device, availability, version, heardSecondsAgo, cameras }) =>
    [
      device,
      availability,
      version ?? "–",
      heardSecondsAgo === null ? "never" : `${describeAge(heardSecondsAgo)} ago`,
      cameras.join(", ") || "–",
    ].map(oneLine),
  );
  return table(["device", "availability", "version", "health heard", "cameras"], rows).join("\n");
}
