// What can be configured: every key of outrider.yaml with its rule and its default.
import { hostname } from "node:os";
import { z } from "zod";
import { defaultDirectionTicks, defaultSpeedTicks } from "../device/label-document.ts";
import { eventProblem } from "../device/session-template.ts";
import { sourceApis } from "../sync/clients/annotation-rules.ts";
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

/** Hours (local time of the machine) on some days; none: always. An end before its start goes over midnight. */
const hours = z
  .array(
    z.strictObject({
      from: timeOfDay,
      to: timeOfDay,
      days: z.array(z.enum(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])).optional(),
    }),
  )
  .max(32)
  .default([]);

const latitude = z.number().min(-90).max(90);
const longitude = z.number().min(-180).max(180);
/** Any number of turns: it is normalised when it is sent. */
const azimuth = z.number().min(-3600).max(3600);
const int32 = z
  .number()
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31 - 1);
/** Of a web service; who we are there is in the environment. */
const serviceUrl = z
  .url({
    protocol: /^https?$/,
    error: "expected an address that begins with http:// or https://",
    abort: true,
  })
  .refine((url) => new URL(url).username === "" && new URL(url).password === "", {
    error: "expected an address without user and password",
  })
  .refine((url) => new URL(url).search === "" && new URL(url).hash === "", {
    error: "expected an address without ? and #",
  });
/** Classes of the detector; a class stands for those below it, too (`animal` for `animal/tiger`). */
const classNames = z.array(z.string().min(1).max(200)).max(256);

const cameraWatch = z.strictObject({
  enabled: z.boolean().default(true),
  /** null: the detector of `watch.detector`. */
  detector: modelId.nullable().default(null),
  /** Least time between two looks, ms. */
  everyMs: z.number().min(0).max(86_400_000).default(200),
  /** Hours it looks in. */
  schedule: hours,
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
  /** Where it stands and looks, for those who review its sequences; what is null is as `sync.annotation` says. */
  place: z
    .strictObject({
      lat: latitude.nullable().default(null),
      lon: longitude.nullable().default(null),
      /** Where the middle of the picture looks, degrees clockwise from north. */
      azimuth: azimuth.nullable().default(null),
      /** Its number there, signed 32 bit; null: one that follows from the names of device and camera. */
      id: int32.nullable().default(null),
      /** Its name there; null: `<device>-<camera>`. */
      name: z.string().min(1).max(200).nullable().default(null),
    })
    .prefault({}),
  /** Its pose on the alert platform of `sync.platform`; its token is in the environment. null: it is not told of there. */
  platform: z
    .strictObject({ pose: z.number().int().min(1) })
    .nullable()
    .default(null),
});

/** What moves the car, and who may move it. A text is its `url`. */
const drive = z.strictObject({
  url: z.string().min(1).default("auto"),
  /** Who drives when a run begins: the person at the gamepad, or a model of task `steer`. A stick that is moved takes over at once. */
  pilot: z.enum(["stick", "model"]).default("stick"),
  /** The model that drives, and that is compared with the person. */
  model: modelId.default("steer-v1"),
  /** Shadow mode: the model says what it would do while a person drives, and where they disagree is recorded. */
  shadow: z.boolean().default(false),
  /** The most throttle a model may ask for, 0..1. */
  modelThrottle: fraction.default(0.3),
  /** false: no guard process between us and the board. For tests; a car without it goes on when we hang. */
  guard: z.boolean().default(true),
  remote: z
    .strictObject({
      /** Whether it may be driven over MQTT; null: only a simulated car. */
      enabled: z.boolean().nullable().default(null),
      /** The most throttle that is applied for somebody far away, 0..1. */
      throttleLimit: fraction.default(0.5),
      /** Command in force without a fresh one, ms, whatever the message asks. */
      validMs: z.number().int().min(50).max(500).default(500),
      /** The wheel is free for another when its holder was silent for so long, ms. */
      leaseMs: z.number().int().min(500).max(60_000).default(5000),
    })
    .prefault({}),
});

const bucketAddress = z.string().min(1).nullable();

/** Receipts go by the address of a place, so that two of one address would each count as the other. */
function refuseDoubledPlaces(
  sync: { readonly bucket: string | null; readonly index: string | null } & {
    readonly also: readonly { readonly bucket: string | null; readonly index: string | null }[];
  },
  context: z.RefinementCtx,
): void {
  const plain = (address: string): string => address.replace(/^s3:\/\//, "").replace(/\/+$/, "");
  for (const kind of ["bucket", "index"] as const) {
    const seen = new Set([sync[kind] === null ? null : plain(sync[kind])]);
    sync.also.forEach((place, position) => {
      const address = place[kind];
      if (address === null) return;
      if (seen.has(plain(address)))
        context.addIssue({
          code: "custom",
          path: ["also", position, kind],
          message: `expected another ${kind} than the places before it`,
        });
      seen.add(plain(address));
    });
  }
}

/** Every problem is told at once: what else is wrong beside the places does not keep them from being compared. */
function arePlacesRight({ issues }: z.core.ParsePayload): boolean {
  return issues.every(
    ({ path: [key] = [] }) => key !== undefined && !["bucket", "index", "also"].includes(String(key)),
  );
}

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
  drive: z.preprocess((value) => (typeof value === "string" ? { url: value } : value), drive.prefault({})),
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
      bucket: bucketAddress.default("folder:"),
      index: bucketAddress.default("local:"),
      /** More places that get the same, each with a cursor and receipts of its own. What one does not say (endpoint, region) is as above; without a bucket its labels are of the pictures of the bucket above. */
      also: z
        .array(
          z.strictObject({
            bucket: bucketAddress.default(null),
            index: bucketAddress.default(null),
            endpoint: z.url().nullable().default(null),
            region: z.string().min(1).nullable().default(null),
            /** false: a picture may be dropped for room although this place does not have it yet. */
            required: z.boolean().default(true),
          }),
        )
        .max(8)
        .default([]),
      /** Most bytes a second over all targets together; null: no cap. */
      bytesPerSecond: bytes.nullable().default(null),
      /** Hours in which is sent; alerts go at any time. */
      windows: hours,
      /** true: the link costs money, only `meteredLanes` go. auto: as the system says of the interface. */
      metered: z
        .union([z.boolean(), z.literal("auto")], { error: "expected true, false or auto" })
        .default(false),
      meteredLanes: z.array(z.enum(["alert", "telemetry", "labelled", "unlabelled"])).default(["alert"]),
      /** Share of what is sent that is kept for the lowest lane, 0..0.5. */
      lowestShare: z.number().min(0).max(0.5).default(0.125),
      /** Objects from this size on go in parts and resume after a power cut. */
      multipart: z
        .strictObject({ fromBytes: bytes.default(16e6), partBytes: bytes.default(8_388_608) })
        .prefault({}),
      /** Small pictures packed in tar files (WebDataset) with an index: one request for thousands. */
      shards: z
        .strictObject({
          enabled: z.boolean().default(false),
          /** Pictures up to this size are packed. */
          maxPictureBytes: bytes.default(128_000),
          /** A shard is closed at this size, or when its oldest picture waited for `maxWaitMs`. */
          shardBytes: bytes.default(64e6),
          maxWaitMs: z.number().int().min(0).max(86_400_000).default(60_000),
        })
        .prefault({}),
      endpoint: z.url().nullable().default(null),
      region: z.string().min(1).default("us-east-1"),
      concurrency: z.number().int().min(1).max(64).default(8),
      /** An annotation API that closed sequences go to, with their pictures; null: none. */
      annotation: z
        .strictObject({
          url: serviceUrl,
          /** What the service calls the source of sequences: its list is closed. */
          sourceApi: z.enum(sourceApis),
          organisation: z.strictObject({ id: int32, name: z.string().min(1).max(200) }),
          /** Where cameras stand that do not say it themselves. */
          lat: latitude.nullable().default(null),
          lon: longitude.nullable().default(null),
          /** Classes whose sequences are sent; null: all. */
          classes: classNames.min(1).nullable().default(["smoke", "fire"]),
          /** Of those, the ones that are smoke; a reviewer finds the others suggested as something else. */
          smoke: classNames.default(["smoke", "fire"]),
          /** Pictures of one sequence; of a longer one the first, the last, the best, and the others evenly. */
          maxPictures: z.number().int().min(3).max(1000).default(50),
          /** Pictures under way at once. */
          concurrency: z.number().int().min(1).max(16).default(4),
          /** false: a frame may be dropped for room although a sequence that shows it still waits. */
          required: z.boolean().default(true),
        })
        .nullable()
        .default(null),
      /** An alert platform that hears at once what cameras with a `platform` of their own see; null: none. */
      platform: z
        .strictObject({
          url: serviceUrl,
          /** Classes that are told; null: all. */
          classes: classNames.min(1).nullable().default(["smoke", "fire"]),
          /** Least time between two pictures of one sequence, ms. */
          everyMs: z.number().min(0).max(3_600_000).default(10_000),
          /** Between two signs of life of a camera that gives new pictures, ms. */
          heartbeatMs: z.number().int().min(1000).max(3_600_000).default(30_000),
          /** Between two pictures of how it looks there, ms; null: none. */
          imageEveryMs: z.number().int().min(60_000).max(86_400_000).nullable().default(3_600_000),
        })
        .nullable()
        .default(null),
      caFile: z.string().min(1).nullable().default(null),
    })
    .superRefine(refuseDoubledPlaces, { when: arePlacesRight })
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
      /** Commands that are taken (`help` lists them); null: all. */
      allow: z
        .array(z.string().regex(/^[a-z]{1,32}$/, "expected the name of a command"))
        .nullable()
        .default(null),
      /** Largest request, bytes. */
      maxRequestBytes: z.number().int().min(256).max(1_048_576).default(65_536),
      /** Requests that are taken at once, and then each second; what is more is counted and not answered. */
      requestBurst: z.number().int().min(1).max(10_000).default(100),
      requestsPerSecond: z.number().min(0.1).max(10_000).default(20),
      /** The device among the devices of Home Assistant. */
      homeAssistant: z
        .strictObject({
          enabled: z.boolean().default(true),
          prefix: z
            .string()
            .regex(/^[^+#\s/][^+#\s]*$/, "expected a topic without + # or spaces")
            .default("homeassistant"),
          /** Time between two pictures of a camera on `camera/<id>/picture`, ms; null: only when something is seen, or somebody asks. */
          pictureEveryMs: z.number().int().min(10_000).max(86_400_000).nullable().default(60_000),
        })
        .prefault({}),
    })
    .prefault({}),
  health: z
    .strictObject({
      /** Without a new picture for so long a camera counts as dead, ms. */
      cameraMs: z.number().int().min(1000).max(86_400_000).default(15_000),
      /** Without a commit for so long while frames come the store counts as stuck, ms. */
      commitMs: z.number().int().min(1000).max(86_400_000).default(15_000),
      /** A changed configuration has so long to prove itself; if health fails in it the old one comes back, ms. */
      rollbackMs: z.number().int().min(1000).max(3_600_000).default(60_000),
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
  clock: z
    .strictObject({
      /** What was taken while the clock was not set waits so long for it before it is sent: names and folders hold the time. ms. */
      waitMs: z.number().int().min(0).max(86_400_000).default(600_000),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z.enum(["debug", "info", "warn", "error", "silent"]).default("warn"),
      /** auto: readable lines on a terminal, JSON otherwise. */
      format: z.enum(["auto", "pretty", "json"]).default("auto"),
    })
    .prefault({}),
});
