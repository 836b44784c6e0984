// `record`: the recorder's buttons, from afar; and `session`, what the next run says of itself.
import { z } from "zod";
import { type Command, command } from "./command.ts";
import { type ConfigHands, type RecordHands, type RemoteHands, RemoteRefusal } from "./hands.ts";

const session = z
  .record(
    z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, "expected a name of letters, digits and _"),
    z.string().max(500),
  )
  .refine((fields) => Object.keys(fields).length <= 32, "expected at most 32 fields");

const recordParameters = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("start"), session: session.default({}) }),
  z.strictObject({ action: z.literal("stop") }),
  z.strictObject({ action: z.literal("pause") }),
  z.strictObject({ action: z.literal("resume") }),
  z.strictObject({ action: z.literal("mark"), note: z.string().max(500).default("") }),
  z.strictObject({ action: z.literal("erase"), seconds: z.number().positive().max(600) }),
  z.strictObject({ action: z.literal("undo") }),
]);

export function recordCommand(hands: RecordHands): Command {
  return command({
    name: "record",
    summary:
      'Controls the recorder: "start" with "session"? (fields for this run), "stop", "pause", "resume", "mark" with "note"?, "erase" with "seconds", "undo" (brings back what the newest erase took).',
    example: { action: "start", session: { event: "training" } },
    schema: recordParameters,
    effect: "act",
    run: (parameters) => record(hands, parameters),
  });
}

async function record(hands: RecordHands, parameters: z.output<typeof recordParameters>): Promise<unknown> {
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
    case "undo":
      return { restored: await hands.undoErase() };
  }
}

const sessionParameters = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("get") }),
  z.strictObject({
    action: z.literal("set"),
    session: session.refine((fields) => Object.keys(fields).length > 0, "expected at least one field"),
  }),
]);

export function sessionCommand(
  hands: Pick<RemoteHands, "session"> & { readonly config: ConfigHands },
): Command {
  return command({
    name: "session",
    summary:
      'What the runs to come say of themselves: "get", or "set" with "session" (event, track, track_type, comment, …; fields that are not named stay). A run that is open keeps its own.',
    example: { action: "set", session: { event: "race", track: "hall" } },
    schema: sessionParameters,
    effect: "act",
    repeatable: ["get"],
    run: async (parameters) => {
      if (parameters.action === "get") return { session: hands.session() };
      const set = Object.fromEntries(
        Object.entries(parameters.session).map(([name, value]) => [`session.${name}`, value]),
      );
      await hands.config.change({ set, unset: [], confirm: false });
      return { session: hands.session() };
    },
  });
}
