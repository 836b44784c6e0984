// What can be configured: every key of outrider.yaml with its rule and its default.
import { hostname } from "node:os";
import { z } from "zod";
import { defaultDirectionTicks, defaultSpeedTicks } from "../device/label-document.ts";
import { eventProblem } from "../device/session-template.ts";
import { cronProblem } from "./cron.ts";

const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "expected 1–64 letters, digits, - or _");
const bytes = z.union(
  [
    z.number().int().positive(),
    z
      .string()
      .regex(/^\d+(\.\d+)?\s*(kB|MB|GB|TB)$/, "expected bytes, or a number with kB, MB, GB or TB")
      .transform(
        (text) => Number.parseFloat(text) * { kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }[text.slice(-2) as "kB"]!,
      ),
  ],
  { error: "expected bytes, or a number with kB, MB, GB or TB" },
);
const button = z
  .enum([
    "a",
    "b",
    "x",
    "y",
    "back",
    "start",
    "leftshoulder",
    "rightshoulder",
    "dpup",
    "dpdown",
    "dpleft",
    "dpright",
  ])
  .nullable();
const ticks = z.array(z.number().int().min(0).max(4095)).min(1).max(127);

/** A yes or no that may come from the environment, where everything is text. */
const yesOrNo = z.union(
  [
    z.boolean(),
    z
      .string()
      .toLowerCase()
      .pipe(z.enum(["true", "false", "1", "0"]))
      .transform((text) => text === "true" || text === "1"),
  ],
  { error: "expected true or false" },
);

const fraction = z.number().min(0).max(1);
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, "expected HH:MM");
const modelId = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,64}$/, "expected the id of a model (outrider models list)");

const cameraWatch = z.strictObject({
  enabled: z.boolean().default(true),
  /** null: the detector of `watch.detector`. */
  detector: modelId.nullable().default(null),
  /** Least time between two looks, ms. */
  everyMs: z.number().min(0).max(86_400_000).default(200),
  /** Hours (local time of the machine) it looks in; none: always. An end before its start goes over midnight. */
  schedule: z
    .array(
      z.strictObject({
        from: timeOfDay,
        to: timeOfDay,
        days: z.array(z.enum(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])).optional(),
      }),
    )
    .max(32)
    .default([]),
  /** Parts of the picture that do not count, normalised edges. */
  masks: z
    .array(
      z
        .strictObject({ left: fraction, top: fraction, right: fraction, bottom: fraction })
        .refine(({ left, right }) => left < right, { error: "expected left to be less than right" })
        .refine(({ top, bottom }) => top < bottom, { error: "expected top to be less than bottom" }),
    )
    .max(64)
    .default([]),
  /** false: it does not wait for motion; smoke grows too slowly for that. */
  motion: z.boolean().default(true),
  /** At night (a grey, infrared picture; or a dark one): go on, or rest and look again every now and then. */
  night: z.enum(["watch", "rest"]).default("watch"),
});

const camera = z.strictObject({
  id: id.default("front"),
  url: z.string().min(1).default("sim:track?seed=1"),
  width: z.number().int().min(16).max(8192).default(640),
  height: z.number().int().min(16).max(8192).default(480),
  fps: z.number().min(0.01).max(240).default(30),
  quality: z.number().int().min(1).max(100).default(80),
  /** Whether the gamepad's labels and the recorder are for this camera; a camera post's are not. */
  record: z.boolean().default(true),
  watch: cameraWatch.prefault({}),
});

/** Everything that can be configured, with its rules and defaults. */
export const configSchema = z.strictObject({
  device: id.default(
    () =>
      hostname()
        .replaceAll(/[^A-Za-z0-9_-]/g, "-")
        .slice(0, 64) || "outrider",
  ),
  data: z.string().min(1).default("outrider-data"),
  cameras: z
    .array(camera)
    .min(1)
    .max(16)
    .default(() => [camera.parse({})]),
  gamepad: z.string().min(1).default("auto"),
  drive: z.string().min(1).default("auto"),
  hardware: z
    .looseObject({ car: z.string(), version: z.number().int(), computer: z.string(), camera: z.string() })
    .default({ car: "outrider", version: 1, computer: "unknown", camera: "unknown" }),
  session: z
    .object({
      event: z.string().superRefine((event, context) => {
        const problem = eventProblem(event);
        if (problem !== null)
          context.addIssue({
            code: "custom",
            message: problem.replace(/^event: /, "").replace(/, got .*$/, ""),
            input: event,
          });
      }),
      track: z.string().default(""),
      track_picture: z.string().default(""),
      track_type: z.string().default(""),
      comment: z.string().default(""),
    })
    .catchall(z.string())
    .prefault({ event: "outrider" }),
  record: z
    .strictObject({
      autostart: z.boolean().default(true),
      delayMs: z.number().min(0).max(3_600_000).default(100),
      standingEveryMs: z.number().min(0).max(86_400_000).nullable().default(2000),
      holdBackMs: z.number().min(0).max(3_600_000).default(5000),
      eraseSeconds: z.number().min(0.1).max(3600).default(5),
      directions: ticks.default([...defaultDirectionTicks]),
      speeds: ticks.default([...defaultSpeedTicks]),
      throttleLimit: z.number().min(0).max(1).default(1),
      createdBy: z.string().min(1).max(256).default("auto"),
      buttons: z
        .strictObject({
          stop: button.default("a"),
          erase: button.default("b"),
          undoErase: button.default("x"),
          mark: button.default("y"),
          pause: button.default("start"),
        })
        .prefault({}),
    })
    .prefault({}),
  store: z
    .strictObject({
      commitWindowMs: z.number().int().min(0).max(60_000).default(100),
      maxBytes: bytes.nullable().default(null),
      keepFreeBytes: bytes.default(500e6),
    })
    .prefault({}),
  sync: z
    .strictObject({
      bucket: z.string().min(1).nullable().default("folder:"),
      index: z.string().min(1).nullable().default("local:"),
      endpoint: z.url().nullable().default(null),
      region: z.string().min(1).default("us-east-1"),
      concurrency: z.number().int().min(1).max(64).default(8),
      caFile: z.string().min(1).nullable().default(null),
    })
    .prefault({}),
  mqtt: z
    .strictObject({
      url: z
        .string()
        .regex(/^(embedded:|mqtts?:\/\/)/, "expected embedded:, mqtt:// or mqtts://")
        .nullable()
        .default("embedded:"),
      base: z
        .string()
        .regex(/^[^+#\s/][^+#\s]*$/, "expected a topic without + # or spaces")
        .default("outrider"),
      healthEveryMs: z.number().int().min(1000).max(3_600_000).default(30_000),
      caFile: z.string().min(1).nullable().default(null),
      certFile: z.string().min(1).nullable().default(null),
      keyFile: z.string().min(1).nullable().default(null),
    })
    .prefault({}),
  models: z
    .strictObject({
      /** Where `models add` keeps a person's models; null: `models` in the data folder. */
      folder: z.string().min(1).nullable().default(null),
      /** Threads of one inference; 0: as many as the machine has cores. */
      threads: z.number().int().min(0).max(64).default(1),
      /** An inference that takes longer counts as hung, ms. */
      timeoutMs: z.number().int().min(100).max(600_000).default(20_000),
    })
    .prefault({}),
  watch: z
    .strictObject({
      enabled: z.boolean().default(false),
      detector: modelId.default("animal-v1"),
      /** null: individuals are not told apart. */
      embedder: modelId.nullable().default("reid-v1"),
      /** Frames kept: all that were looked at, or those of sequences (with their lead-up). */
      keep: z.enum(["all", "sequences"]).default("sequences"),
      motion: z
        .strictObject({
          enabled: z.boolean().default(true),
          /** Share of the picture that has to change. */
          area: fraction.default(0.002),
          /** Grey levels (0..255) a pixel has to change by. */
          threshold: z.number().min(1).max(255).default(16),
          /** Looked at without motion all the same, ms. */
          everyMs: z.number().min(0).max(86_400_000).default(10_000),
        })
        .prefault({}),
      /** The window of the edge engine: frames, score and hysteresis. */
      window: z
        .strictObject({
          frames: z.number().int().min(2).max(64).default(5),
          score: fraction.default(0.15),
          hysteresis: fraction.default(0.8),
          /** Widest box that counts, share of the picture. */
          maxBoxWidth: fraction.default(1),
          /** A sequence nobody saw for so long is over, ms. */
          closeAfterMs: z.number().min(0).max(86_400_000).default(5_000),
        })
        .prefault({}),
    })
    .prefault({}),
  individuals: z
    .strictObject({
      /** Least calibrated score for "it is this one". */
      threshold: fraction.default(0.8),
      limit: z.number().int().min(1).max(1000).default(5),
      mode: z.enum(["nearest", "prototype"]).default("nearest"),
    })
    .prefault({}),
  ingest: z
    .strictObject({
      onStartup: yesOrNo.default(false),
      /** Cron expression in UTC; null: never. Data sets whose folder is not there cost nothing. */
      schedule: z
        .string()
        .superRefine((expression, context) => {
          const problem = cronProblem(expression);
          if (problem !== null)
            context.addIssue({ code: "custom", message: `expected a cron expression (${problem})` });
        })
        .nullable()
        .default("0 3 * * *"),
      atrw: z.string().min(1).default("./data/models/atrw/"),
      metawild: z.string().min(1).default("./data/datasets/metawild/"),
      wildlifeDatasets: z.string().min(1).default("./data/datasets/wildlife-datasets/"),
      individualAnimalReid: z.string().min(1).default("./data/datasets/individual-animal-reid/"),
    })
    .prefault({}),
  log: z
    .strictObject({ level: z.enum(["debug", "info", "warn", "error", "silent"]).default("warn") })
    .prefault({}),
});
