// `camera`: switches what a camera is used for at once, and changes its settings; `snapshot`: its newest picture.
import { z } from "zod";
import type { CameraUse } from "../switches.ts";
import { type Command, command } from "./command.ts";
import { type RemoteHands, RemoteRefusal } from "./hands.ts";

const cameraId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "expected the id of a camera");
const uses = z
  .array(z.enum(["record", "watch"]))
  .min(1)
  .max(2)
  .default(["record", "watch"]);
/** Values are judged where the whole configuration is: here only their names and kinds. */
const settings = z.strictObject({
  fps: z.number().optional(),
  width: z.number().optional(),
  height: z.number().optional(),
  quality: z.number().optional(),
  url: z.string().max(2000).optional(),
  record: z.boolean().optional(),
  watch: z.record(z.string().regex(/^[A-Za-z]{1,32}$/), z.unknown()).optional(),
});

const cameraParameters = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("list") }),
  z.strictObject({ action: z.literal("enable"), camera: cameraId, uses }),
  z.strictObject({ action: z.literal("disable"), camera: cameraId, uses }),
  z.strictObject({
    action: z.literal("settings"),
    camera: cameraId,
    settings: settings.refine((given) => Object.keys(given).length > 0, "expected at least one setting"),
    confirm: z.boolean().default(false),
  }),
]);

export function cameraCommand(hands: Pick<RemoteHands, "camera" | "config">): Command {
  return command({
    name: "camera",
    summary:
      'Cameras: "list"; "enable" and "disable" with "camera" and "uses"? (record, watch; at once, until switched again); "settings" with "camera" and "settings" (fps, width, height, quality, url, record, watch; the agent begins anew with them, on probation as with config).',
    example: { action: "disable", camera: "front", uses: ["record"] },
    schema: cameraParameters,
    effect: "act",
    repeatable: ["list"],
    run: async (parameters) => {
      switch (parameters.action) {
        case "list":
          return { cameras: await hands.camera.list() };
        case "enable":
        case "disable": {
          const { camera, action } = parameters;
          const wanted: readonly CameraUse[] = parameters.uses;
          return { camera, uses: await hands.camera.use(camera, wanted, action === "enable") };
        }
        case "settings": {
          const set = Object.fromEntries(
            Object.entries(parameters.settings).map(([name, value]) => [
              `cameras.${parameters.camera}.${name}`,
              value,
            ]),
          );
          return hands.config.change({ set, unset: [], confirm: parameters.confirm });
        }
      }
    },
  });
}

/** Base64 of this many bytes still fits in a message of 1 MiB. */
const maxSnapshotBytes = 700 * 1024;

export function snapshotCommand(hands: Pick<RemoteHands, "snapshot">): Command {
  return command({
    name: "snapshot",
    summary: 'The newest picture, as base64: "camera"? (the first one if not given).',
    example: { camera: "front" },
    schema: z.strictObject({ camera: z.string().min(1).max(64).optional() }),
    effect: "read",
    run: async ({ camera }) => {
      const picture = await hands.snapshot(camera);
      if (picture === null) throw new RemoteRefusal("no_picture", "No picture was taken yet");
      const { bytes, ...rest } = picture;
      if (bytes.length > maxSnapshotBytes)
        throw new RemoteRefusal(
          "too_large",
          `Expected a picture of at most ${maxSnapshotBytes} bytes, got ${bytes.length}`,
        );
      return { ...rest, size: bytes.length, base64: Buffer.from(bytes).toString("base64") };
    },
  });
}
