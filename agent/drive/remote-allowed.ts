// Whether a configuration lets somebody far away drive: a simulated car by itself, a real one only when that is said.
import type { Config } from "../config.ts";

/** Why not, for a person; null: it may be driven from afar. */
export function refusalOf({ drive, cameras }: Pick<Config, "drive" | "cameras">): string | null {
  if (drive.remote.enabled === true) return null;
  if (drive.remote.enabled === false) return "drive.remote.enabled is false";
  const isSimulated =
    drive.url.startsWith("sim:") ||
    (drive.url === "auto" && cameras.some(({ url }) => url.startsWith("sim:track")));
  return isSimulated ? null : "drive.remote.enabled is not set, and this is no simulated car";
}
