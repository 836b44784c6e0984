// `config`: reads and changes the configuration, on probation; `log`: how much is logged; `restart`: begins anew.
import { z } from "zod";
import { type Command, command } from "./command.ts";
import type { ConfigHands, LogHands, RemoteHands } from "./hands.ts";

const path = z.string().min(1).max(200);
const configParameters = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("get"), path: path.optional() }),
  z
    .strictObject({
      action: z.literal("set"),
      set: z
        .record(path, z.unknown())
        .refine((values) => Object.keys(values).length <= 100, "expected at most 100 values")
        .default({}),
      unset: z.array(path).max(100).default([]),
      confirm: z.boolean().default(false),
    })
    .refine(({ set, unset }) => Object.keys(set).length + unset.length > 0, {
      error: "expected at least one path to set or unset",
    }),
  z.strictObject({ action: z.literal("confirm") }),
  z.strictObject({ action: z.literal("rollback") }),
]);

export function configCommand(hands: ConfigHands): Command {
  return command({
    name: "config",
    summary:
      'The configuration: "get" with "path"?; "set" with "set" (values by dotted path, a camera\'s under cameras.<id>) and "unset"? (paths that shall be as the file says), which goes before the file and behind environment and flags, is on probation for health.rollbackMs and taken back by itself when health is bad then, or, with "confirm": true, when nobody confirms; "confirm" ends the probation; "rollback" takes the newest change back.',
    example: { action: "set", set: { "record.delayMs": 50, "cameras.front.fps": 15 } },
    schema: configParameters,
    effect: "act",
    repeatable: ["get"],
    run: async (parameters) => {
      switch (parameters.action) {
        case "get":
          return hands.get(parameters.path);
        case "set":
          return hands.change(parameters);
        case "confirm":
          return hands.confirm();
        case "rollback":
          return hands.rollback();
      }
    },
  });
}

const logParameters = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("get") }),
  z.strictObject({
    action: z.literal("level"),
    level: z.enum(["debug", "info", "warn", "error", "silent"]),
  }),
]);

export function logCommand(hands: LogHands): Command {
  return command({
    name: "log",
    summary:
      'How much is logged on the device: "get", or "level" with "level" (debug, info, warn, error, silent) until the agent begins anew; config set of log.level keeps it.',
    example: { action: "level", level: "debug" },
    schema: logParameters,
    effect: "act",
    repeatable: ["get"],
    run: async (parameters) => {
      if (parameters.action === "level") hands.setLevel(parameters.level);
      return { level: hands.level() };
    },
  });
}

export function restartCommand(hands: Pick<RemoteHands, "restart">): Command {
  return command({
    name: "restart",
    summary:
      "Begins anew, with the configuration as it is on disk now (one that is invalid is reported, and the last good one used); the car stands meanwhile.",
    example: {},
    schema: z.strictObject({}),
    effect: "act",
    run: () => hands.restart(),
  });
}
