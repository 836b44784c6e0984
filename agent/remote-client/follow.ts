// Follows what a device says: events, states and health, a line each, until the signal aborts.
import type { Clock } from "../../device/clock.ts";
import type { LinkMessage } from "../../sync/clients/mqtt-link.ts";
import { untilConnected } from "../remote/until-connected.ts";
import { oneLine } from "./describe-answer.ts";
import type { RemoteClient } from "./open-client.ts";

export type FollowOptions = {
  readonly device: string;
  readonly clock: Clock;
  readonly json: boolean;
  readonly write: (line: string) => void;
  /** The link went or came back; not part of what the device says. */
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
};

/** Resolves with the number of lines when the signal aborts. */
export async function followDevice(
  { link, topicsOf }: Pick<RemoteClient, "link" | "topicsOf">,
  { device, clock, json, write, say, signal }: FollowOptions,
): Promise<number> {
  const { root } = topicsOf(device);
  let lines = 0;
  let wasConnected = false;
  const onMessage = ({ topic, payload, retained }: LinkMessage): void => {
    const name = topic.slice(root.length + 1);
    const text = Buffer.from(payload).toString("utf8");
    const at = new Date(clock.now().wallUs / 1000).toISOString();
    lines += 1;
    if (json) write(JSON.stringify({ at, topic: name, retained, message: parse(text) }));
    else write(`${at.slice(11, 19)}  ${name.padEnd(22)} ${describe(text)}${retained ? "  (before)" : ""}`);
  };
  const filters = [
    "availability",
    "info",
    "health",
    "event/+",
    "record/state",
    "drive/state",
    "camera/+/status",
  ];
  const leave = [
    ...filters.map((filter) => link.subscribe(`${root}/${filter}`, onMessage, { stored: true })),
    link.onState(({ phase, lastError }) => {
      if (phase === "waiting" && wasConnected)
        say(`no connection to the broker: ${lastError?.message ?? "lost"}`);
      if (phase === "connected" && lines > 0) say("connected again");
      wasConnected = phase === "connected";
    }),
  ];
  try {
    await untilConnected(link, signal).catch((cause: unknown) => {
      if (!signal.aborted) throw new Error(`The broker ${link.url} cannot be used`, { cause });
    });
    await clock.sleep(silenceMs, signal).catch(() => undefined);
    if (lines === 0 && !signal.aborted) say(`nothing is known of ${device} on this broker yet; waiting`);
    await clock.sleep(maxSleepMs, signal).catch(() => undefined);
    return lines;
  } finally {
    for (const part of leave) part();
  }
}

/** What is stored of a device comes at once; after this there is none. */
const silenceMs = 3_000;
/** The longest a timer takes, 24 days. */
const maxSleepMs = 2 ** 31 - 1;
/** Longer lines say less. */
const longestLine = 240;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // `online` is no JSON; what is said is shown as it came.
    return text;
  }
}

/** `name=value` of what stands at the top, the rest as JSON; times of the message itself are left out. */
function describe(text: string): string {
  const message = parse(text);
  if (typeof message !== "object" || message === null) return oneLine(String(message)).slice(0, longestLine);
  const { at: _at, id: _id, monotonicNs: _ns, bootId: _boot, ...rest } = message as Record<string, unknown>;
  const words = Object.entries(rest).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  const line = oneLine(words.join(" "));
  return line.length > longestLine ? `${line.slice(0, longestLine - 1)}…` : line;
}
