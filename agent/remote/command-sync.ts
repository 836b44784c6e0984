// `sync`: sending what waits, and the limits of the link.
import { z } from "zod";
import { type Command, command } from "./command.ts";
import type { RemoteHands } from "./hands.ts";

/** Values are judged where the whole configuration is: here only their names and kinds. */
const limits = z.strictObject({
  bytesPerSecond: z
    .union([z.number(), z.string().max(32)])
    .nullable()
    .optional(),
  windows: z
    .array(z.record(z.string().max(16), z.unknown()))
    .max(32)
    .optional(),
  metered: z.union([z.boolean(), z.literal("auto")]).optional(),
  meteredLanes: z.array(z.string().max(32)).max(8).optional(),
  lowestShare: z.number().optional(),
});

const syncParameters = z.discriminatedUnion("action", [
  // Without an action it means this, as it always did.
  z.strictObject({ action: z.literal("now").default("now") }),
  z.strictObject({ action: z.literal("pause") }),
  z.strictObject({ action: z.literal("resume") }),
  z.strictObject({ action: z.literal("status") }),
  z.strictObject({ action: z.literal("limits"), limits: limits.default({}) }),
  z.strictObject({ action: z.literal("retry"), target: z.string().min(1).max(500).nullable().default(null) }),
]);

export function syncCommand(hands: Pick<RemoteHands, "sync" | "config">): Command {
  const { sync } = hands;
  return command({
    name: "sync",
    summary:
      'Sending: "now" (also without an action), "pause" and "resume" (also over a restart), "status", "limits" with "limits"? (bytesPerSecond, windows, metered, meteredLanes, lowestShare; in force at once, and kept), "retry" with "target"? (what was refused goes back in the queue).',
    example: { action: "limits", limits: { bytesPerSecond: "200 kB" } },
    schema: syncParameters,
    effect: "act",
    repeatable: ["status"],
    run: async (parameters) => {
      switch (parameters.action) {
        case "now":
          return sync.now();
        case "pause":
          return sync.pause();
        case "resume":
          return sync.resume();
        case "status":
          return sync.status();
        case "retry":
          return { retried: await sync.retry(parameters.target) };
        case "limits": {
          const set = Object.fromEntries(
            Object.entries(parameters.limits).map(([name, value]) => [`sync.${name}`, value]),
          );
          if (Object.keys(set).length > 0) await hands.config.change({ set, unset: [], confirm: false });
          const { limits: inForce } = await sync.status();
          return { limits: inForce };
        }
      }
    },
  });
}
