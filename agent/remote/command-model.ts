// `model`: which models look at the cameras; `individuals`: what a person far away says of who was seen.
import { z } from "zod";
import { type Command, command } from "./command.ts";
import type { IndividualHands, RemoteHands } from "./hands.ts";

const modelId = z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, "expected the id of a model");

const modelParameters = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("list") }),
  z
    .strictObject({
      action: z.literal("use"),
      detector: modelId.optional(),
      /** null: individuals are not told apart. */
      embedder: modelId.nullable().optional(),
      /** Not given: the detector of every camera that has none of its own. */
      camera: z
        .string()
        .regex(/^[A-Za-z0-9_-]{1,64}$/, "expected the id of a camera")
        .optional(),
      confirm: z.boolean().default(false),
    })
    .refine(({ detector, embedder }) => detector !== undefined || embedder !== undefined, {
      error: "expected a detector or an embedder",
    })
    .refine(({ camera, detector }) => camera === undefined || detector !== undefined, {
      error: "expected a detector for the camera: the embedder is one for all",
    }),
]);

export function modelCommand(hands: Pick<RemoteHands, "model" | "config">): Command {
  return command({
    name: "model",
    summary:
      'Models: "list", or "use" with "detector" (for the cameras that have none of their own, or for one "camera") and "embedder" (null: none); the agent begins anew with them, on probation as with config.',
    example: { action: "use", detector: "animal-v1", camera: "front" },
    schema: modelParameters,
    effect: "act",
    repeatable: ["list"],
    run: async (parameters) => {
      if (parameters.action === "list") return hands.model.list();
      const { detector, embedder, camera, confirm } = parameters;
      const detectorPath = camera === undefined ? "watch.detector" : `cameras.${camera}.watch.detector`;
      return hands.config.change({
        set: {
          ...(detector === undefined ? {} : { [detectorPath]: detector }),
          ...(embedder === undefined ? {} : { "watch.embedder": embedder }),
        },
        unset: [],
        confirm,
      });
    },
  });
}

const id = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/, "expected an id of 26 letters and digits");
const ids = z.array(id).min(1).max(100);
const words = z.string().min(1).max(200);
/** Who judges, for the record. */
const by = z.string().min(1).max(64).default("remote");

const individualsParameters = z.discriminatedUnion("action", [
  z.strictObject({
    action: z.literal("list"),
    suggested: z.boolean().default(false),
    text: words.optional(),
    limit: z.number().int().min(1).max(200).default(50),
    after: id.optional(),
  }),
  z
    .strictObject({
      action: z.literal("verify"),
      sightings: ids,
      as: words.optional(),
      newName: words.optional(),
      by,
    })
    .refine(({ as, newName }) => as === undefined || newName === undefined, {
      error: "expected one of as and newName, got both",
    }),
  z.strictObject({ action: z.literal("reject"), sightings: ids, by }),
]);

export function individualsCommand(hands: IndividualHands): Command {
  return command({
    name: "individuals",
    summary:
      'Who was seen: "list" with "suggested"? (true: sightings that wait for a person), "text"?, "limit"?, "after"?; "verify" with "sightings" and "as" (id, name or scope/alias) or "newName" or neither (as suggested); "reject" with "sightings"; "by"? says who judges.',
    example: { action: "verify", sightings: ["01ARZ3NDEKTSV4RRFFQ69G5FAV"], by: "ranger" },
    schema: individualsParameters,
    effect: "act",
    repeatable: ["list"],
    run: async (parameters) => {
      switch (parameters.action) {
        case "list":
          return hands.list(parameters);
        case "verify":
          return hands.verify(parameters.sightings, parameters);
        case "reject":
          return hands.reject(parameters.sightings, parameters);
      }
    },
  });
}
