// `drive`: who moves the car. The moving itself goes over `control/drive` and is no request.
import { z } from "zod";
import { type Command, command } from "./command.ts";
import type { DriveHands } from "./hands.ts";

const driveParameters = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("state") }),
  z.strictObject({
    action: z.literal("model"),
    model: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/, "expected the id of a model")
      .optional(),
  }),
  z.strictObject({ action: z.literal("stick") }),
  z.strictObject({ action: z.literal("pause") }),
  z.strictObject({ action: z.literal("resume") }),
  z.strictObject({ action: z.literal("release") }),
  z.strictObject({ action: z.literal("stop"), reason: z.string().max(200).default("asked from afar") }),
]);

export function driveCommand(hands: DriveHands): Command {
  return command({
    name: "drive",
    summary:
      'Who moves the car: "state"; "model" with "model"? (the autopilot), "stick" (the person), "pause" and "resume" (of the autopilot), "release" (gives the wheel back that somebody far away holds), "stop" with "reason"? (stands at once).',
    example: { action: "stop", reason: "somebody on the track" },
    schema: driveParameters,
    effect: "act",
    repeatable: ["state"],
    urgent: ["stop", "pause", "stick", "release"],
    run: async (parameters) => {
      switch (parameters.action) {
        case "state":
          return hands.state();
        case "model":
          return hands.pilot("model", parameters.model);
        case "stick":
        case "pause":
        case "resume":
          return hands.pilot(parameters.action);
        case "release":
          return hands.release();
        case "stop":
          return hands.stop(parameters.reason);
      }
    },
  });
}
