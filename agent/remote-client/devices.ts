// Which devices a broker knows, as they said themselves: availability, what they are, when they were last heard.
import { guardJson } from "../../device/json-guard.ts";
import type { DeviceReport } from "./report.ts";

/** A device on the broker. */
export type FoundDevice = {
  readonly device: string;
  /** `online`, `offline` (it vanished) or `stopped` (it said goodbye). */
  readonly availability: string;
  readonly version: string | null;
  readonly cameras: readonly string[];
  /** ISO 8601, UTC, by the device's clock; null: it never said how it is. */
  readonly heardAt: string | null;
  /** Since then, seconds. */
  readonly heardSecondsAgo: number | null;
};

/** The last levels of the topics that tell of devices. */
export const presenceTopics = ["availability", "info", "health"] as const;

/** What is nested deeper is no word of a device, and would break whoever prints it. */
const mostDepth = 32;

/** Reads the devices off retained texts by topic. @param nowUs wall clock, µs. */
export function devicesOf(
  found: ReadonlyMap<string, string>,
  { base, nowUs }: { readonly base: string; readonly nowUs: number },
): readonly FoundDevice[] {
  const names = [...found.keys()]
    .filter((topic) => topic.startsWith(`${base}/`) && topic.endsWith("/availability"))
    .map((topic) => topic.slice(base.length + 1, -"/availability".length))
    .filter((name) => !name.includes("/"));
  return names.sort().map((device) => {
    const text = (topic: string): string | undefined => found.get(`${base}/${device}/${topic}`);
    const info = parseReport(text("info"));
    const heardAt = timeOf(parseReport(text("health")).at);
    return {
      device,
      availability: text("availability")!.slice(0, 32),
      version: typeof info.version === "string" ? info.version : null,
      cameras: Array.isArray(info.cameras)
        ? info.cameras.map((camera: unknown) => String((camera as { id?: unknown } | null)?.id ?? "?"))
        : [],
      heardAt,
      heardSecondsAgo:
        heardAt === null ? null : Math.max(0, Math.round(nowUs / 1e6 - Date.parse(heardAt) / 1000)),
    };
  });
}

/** What a device says of itself; an empty one where it says nothing that can be read. */
export function parseReport(text: string | undefined): DeviceReport {
  if (text === undefined) return {};
  try {
    guardJson(text, mostDepth);
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as DeviceReport) : {};
  } catch {
    // Somebody else's words on a device's topic are no reason to hide the device.
    return {};
  }
}

function timeOf(value: unknown): string | null {
  return typeof value === "string" && !Number.isNaN(Date.parse(value)) ? value : null;
}
