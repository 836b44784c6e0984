// The commands a device takes over MQTT: one table. Each has its parameters and its body in a file of its own; `help` prints the table.
import { z } from "zod";
import { type Command, command } from "./command.ts";
import { cameraCommand, snapshotCommand } from "./command-camera.ts";
import { configCommand, logCommand, restartCommand } from "./command-config.ts";
import { driveCommand } from "./command-drive.ts";
import { individualsCommand, modelCommand } from "./command-model.ts";
import { recordCommand, sessionCommand } from "./command-record.ts";
import { syncCommand } from "./command-sync.ts";
import type { RemoteHands } from "./hands.ts";

const nothing = z.strictObject({});

/** The table, in the order `help` prints it. A command whose parameters have an `action` answers each action by itself. */
const table: readonly (readonly [name: string, make: (hands: RemoteHands) => Command])[] = [
  [
    "status",
    (hands) =>
      command({
        name: "status",
        summary: "What the device is doing, and how it is.",
        example: {},
        schema: nothing,
        effect: "read",
        run: () => hands.status(),
      }),
  ],
  [
    "stats",
    (hands) =>
      command({
        name: "stats",
        summary: "What the store holds, what waits for whom, what was dropped and why.",
        example: {},
        schema: nothing,
        effect: "read",
        run: () => hands.stats(),
      }),
  ],
  ["record", (hands) => recordCommand(hands.record)],
  ["session", sessionCommand],
  ["camera", cameraCommand],
  ["snapshot", snapshotCommand],
  ["model", modelCommand],
  ["individuals", (hands) => individualsCommand(hands.individuals)],
  ["sync", syncCommand],
  ["drive", (hands) => driveCommand(hands.drive)],
  ["config", (hands) => configCommand(hands.config)],
  ["log", (hands) => logCommand(hands.log)],
  ["restart", restartCommand],
];

/** What a device can be asked for, in the order `help` prints it. */
export const commandNames: readonly string[] = [...table.map(([name]) => name), "help"];

/** The names that a configuration allows; null: all. */
export function allowedNames(allow: readonly string[] | null): readonly string[] {
  return allow === null ? commandNames : commandNames.filter((name) => allow.includes(name));
}

/** The commands that a configuration allows. @param allow names (`mqtt.allow`); null: all. */
export function createCommands(
  hands: RemoteHands,
  { allow = null }: { readonly allow?: readonly string[] | null } = {},
): readonly Command[] {
  const names = allowedNames(allow);
  const commands = [...table.map(([, make]) => make(hands)), help()].filter(({ name }) =>
    names.includes(name),
  );
  return commands;

  function help(): Command {
    return command({
      name: "help",
      summary: "This table, with an example and a JSON schema for the parameters of every command.",
      example: {},
      schema: nothing,
      effect: "read",
      run: async () =>
        commands.map(({ name, summary, example, schema }) => ({
          name,
          summary,
          example,
          parameters: z.toJSONSchema(schema, { io: "input" }),
        })),
    });
  }
}
