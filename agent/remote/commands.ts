// The commands a device takes over MQTT, each with the schema of its parameters. `request/help` prints this table.
import { z } from "zod";
import { type RemoteHands, RemoteRefusal } from "./hands.ts";

/** One command. Life: the dispatcher parses with `schema`, then calls `run` once. */
export type Command = {
  readonly name: string;
  /** One sentence for `help`. */
  readonly summary: string;
  readonly schema: z.ZodType;
  /** `act` changes something: the same transaction acts once. `read` is answered anew every time. */
  readonly effect: "read" | "act";
  /** @throws RemoteRefusal, or anything, which is answered as `failed`. */
  readonly run: (parameters: unknown, signal: AbortSignal) => Promise<unknown>;
};

/** Ties schema and function together while both types are known. */
function command<S extends z.ZodType>(
  description: Omit<Command, "schema" | "run"> & {
    readonly schema: S;
    readonly run: (parameters: z.output<S>, signal: AbortSignal) => Promise<unknown>;
  },
): Command {
  return { ...description, run: (parameters, signal) => description.run(parameters as z.output<S>, signal) };
}

const nothing = z.strictObject({});
const sessionField = z.string().max(500);
const recordParameters = z.discriminatedUnion("action", [
  z.strictObject({
    action: z.literal("start"),
    session: z
      .record(z.string().min(1).max(64), sessionField)
      .refine((session) => Object.keys(session).length <= 32, "expected at most 32 fields")
      .default({}),
  }),
  z.strictObject({ action: z.literal("stop") }),
  z.strictObject({ action: z.literal("pause") }),
  z.strictObject({ action: z.literal("resume") }),
  z.strictObject({ action: z.literal("mark"), note: z.string().max(500).default("") }),
  z.strictObject({ action: z.literal("erase"), seconds: z.number().positive().max(600) }),
]);
const snapshotParameters = z.strictObject({ camera: z.string().min(1).max(64).optional() });

/** Base64 of this many bytes still fits in a message of 1 MiB. */
const maxSnapshotBytes = 700 * 1024;

/** What a device can be asked for, in the order `help` prints it. */
export const commandNames = ["status", "record", "sync", "snapshot", "help"] as const;

/** The table, in the order `help` prints it. */
export function createCommands(hands: RemoteHands): readonly Command[] {
  const commands: Command[] = [
    command({
      name: "status",
      summary: "What the device is doing, holds and waits for.",
      schema: nothing,
      effect: "read",
      run: () => hands.status(),
    }),
    command({
      name: "record",
      summary:
        'Controls the recorder: {"action": "start", "session"?: {…}} | "stop" | "pause" | "resume" | "mark" with "note"? | "erase" with "seconds".',
      schema: recordParameters,
      effect: "act",
      run: (parameters) => record(hands.record, parameters),
    }),
    command({
      name: "sync",
      summary: "Sends what waits, now.",
      schema: nothing,
      effect: "act",
      run: () => hands.syncNow(),
    }),
    command({
      name: "snapshot",
      summary: 'The newest picture, as base64: {"camera"?: "front"}.',
      schema: snapshotParameters,
      effect: "read",
      run: ({ camera }) => snapshot(hands, camera),
    }),
  ];
  const help: Command = command({
    name: "help",
    summary: "This table, with a JSON schema for the parameters of every command.",
    schema: nothing,
    effect: "read",
    run: async () =>
      [...commands, help].map(({ name, summary, schema }) => ({
        name,
        summary,
        parameters: z.toJSONSchema(schema, { io: "input" }),
      })),
  });
  return [...commands, help];
}

async function record(
  hands: RemoteHands["record"],
  parameters: z.output<typeof recordParameters>,
): Promise<unknown> {
  switch (parameters.action) {
    case "start":
      return hands.start(parameters.session);
    case "stop": {
      const ended = await hands.stop();
      if (ended === null)
        throw new RemoteRefusal("not_recording", "No run is open: there is nothing to stop");
      return ended;
    }
    case "pause":
      return hands.pause();
    case "resume":
      return hands.resume();
    case "mark":
      if (await hands.mark(parameters.note)) return undefined;
      throw new RemoteRefusal("not_recording", "No run is open: there is nothing to mark");
    case "erase":
      return { erased: await hands.erase(parameters.seconds) };
  }
}

async function snapshot(hands: RemoteHands, camera: string | undefined): Promise<unknown> {
  const picture = await hands.snapshot(camera);
  if (picture === null) throw new RemoteRefusal("no_picture", "No picture was taken yet");
  const { bytes, ...rest } = picture;
  if (bytes.length > maxSnapshotBytes)
    throw new RemoteRefusal(
      "too_large",
      `Expected a picture of at most ${maxSnapshotBytes} bytes, got ${bytes.length}`,
    );
  return { ...rest, size: bytes.length, base64: Buffer.from(bytes).toString("base64") };
}
