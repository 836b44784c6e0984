// Which keys of the configuration may be changed from afar, and why the others may not. What is not named here may not, either.

/** How a key may be changed. `live`: at once; `anew`: the agent begins anew with it. */
export type KeyRule = { readonly change: "live" | "anew" } | { readonly denied: string };

const live: KeyRule = { change: "live" };
const anew: KeyRule = { change: "anew" };
const denied = (why: string): KeyRule => ({ denied: why });

const place = denied("it says where data goes: a stranger on the broker must not lead it elsewhere");
const file = denied("it names a file, a folder or a device of the machine");
const hand = denied("it limits what moves the car: set by whoever stands beside it");
const gate = denied("it says who may ask for what: a change could shut everybody out, or let anybody in");
const judge = denied("it decides whether a change is taken back");
const room = denied("frames could be dropped for it, and no way back brings those");

/** `*` is one name, `**` any number of them. The first that fits counts. */
const rules: readonly (readonly [pattern: string, rule: KeyRule])[] = [
  ["device", denied("it is in every topic and key: the device would vanish under its old name")],
  ["data", place],
  ["cameras.*.id", denied("it is in every topic and key: the camera would vanish under its old name")],
  ["cameras.*.url", anew],
  ["cameras.*.width", anew],
  ["cameras.*.height", anew],
  ["cameras.*.fps", anew],
  ["cameras.*.quality", anew],
  ["cameras.*.record", anew],
  ["cameras.*.watch.**", anew],
  ["cameras.*.place.**", anew],
  ["cameras.*.platform.**", place],
  ["cameras.*.platform", place],
  ["gamepad", file],
  ["drive.url", hand],
  ["drive.pilot", hand],
  ["drive.model", anew],
  ["drive.shadow", anew],
  ["drive.modelThrottle", hand],
  ["drive.guard", hand],
  ["drive.remote.**", hand],
  ["hardware.*", anew],
  ["session.*", live],
  ["record.throttleLimit", hand],
  ["record.**", anew],
  ["store.**", room],
  ["clock.waitMs", anew],
  ["sync.bucket", place],
  ["sync.index", place],
  ["sync.also", place],
  ["sync.endpoint", place],
  ["sync.region", place],
  ["sync.caFile", place],
  ["sync.annotation.classes", anew],
  ["sync.annotation.smoke", anew],
  ["sync.annotation.maxPictures", anew],
  ["sync.annotation.concurrency", anew],
  ["sync.annotation.required", room],
  ["sync.annotation.**", place],
  ["sync.annotation", place],
  ["sync.platform.url", place],
  ["sync.platform.**", anew],
  ["sync.platform", place],
  ["sync.bytesPerSecond", live],
  ["sync.windows", live],
  ["sync.metered", live],
  ["sync.meteredLanes", live],
  ["sync.lowestShare", live],
  ["sync.concurrency", anew],
  ["sync.multipart.**", anew],
  ["sync.shards.**", anew],
  ["mqtt.healthEveryMs", anew],
  ["mqtt.homeAssistant.enabled", anew],
  ["mqtt.**", gate],
  ["health.**", judge],
  ["models.folder", file],
  ["models.threads", anew],
  ["models.timeoutMs", anew],
  ["watch.**", anew],
  ["individuals.**", anew],
  ["ingest.onStartup", anew],
  ["ingest.schedule", anew],
  ["ingest.**", file],
  ["log.level", live],
  ["log.format", anew],
];

const compiled = rules.map(([pattern, rule]) => {
  const levels = pattern
    .replaceAll(".", "\\.")
    .replaceAll("**", "[A-Za-z0-9_.-]+")
    .replaceAll("*", "[A-Za-z0-9_-]+");
  return { shape: new RegExp(`^${levels}$`), rule };
});

/** The rule of a key; null: nobody decided about it, so it cannot be changed from afar. */
export function ruleOf(path: string): KeyRule | null {
  // No name of ours, and one that would not make a key.
  if (path.split(".").includes("__proto__")) return null;
  return compiled.find(({ shape }) => shape.test(path))?.rule ?? null;
}

/** Why a value may not be given from afar although its key may; null: it may. */
export function valueProblem(path: string, value: unknown): string | null {
  if (!/^cameras\.[^.]+\.url$/.test(path)) return null;
  const allowed =
    /^(sim:|rpicam:|ffmpeg:(rtsps?|https?|rtmps?|srt|udp|tcp|rtp):\/\/|ffmpeg:\/dev\/video\d+(\?|$))/;
  return typeof value === "string" && allowed.test(value.trim())
    ? null
    : "expected sim:, rpicam:, ffmpeg:/dev/videoN or ffmpeg: with the address of a stream: files and folders of the machine are not read for somebody far away";
}
