// What runs when nobody configured anything: a simulated car, and two simulated camera posts that are watched.
import { existsSync } from "node:fs";
import { type ConfigSources, defaultConfigFiles } from "./config.ts";

/** Small and slow enough for two cores beside the car. */
const cameras = [
  { id: "front", url: "sim:track?seed=1", watch: { enabled: false } },
  {
    id: "reserve",
    url: "sim:reserve?seed=1",
    width: 480,
    height: 360,
    fps: 5,
    record: false,
    watch: { detector: "post-v1", everyMs: 200 },
  },
  {
    id: "ridge",
    url: "sim:ridge?seed=1",
    width: 480,
    height: 270,
    fps: 2,
    record: false,
    watch: { detector: "post-v1", everyMs: 500, motion: false },
  },
];

/** Values by dotted path, as flags are. */
export const embeddedDefault: Readonly<Record<string, unknown>> = {
  cameras,
  // Should a model drive (--pilot model): the one that was trained on such tracks.
  "drive.model": "sim-steer-v1",
  "watch.enabled": true,
  // Trained on simulated reserves (other places than this one); on real animals reid-v1 is the better start.
  "watch.embedder": "post-reid-v1",
  // What the edge engine's loop uses; the general default, .15, is that of its predictor alone.
  "watch.window.score": 0.35,
};

/** Whether the address is that of a simulated camera here; what is set for those is wrong for real animals. */
export function isEmbeddedCamera(address: string): boolean {
  return cameras.some(({ url }) => sameScene(url, address));
}

/** Whether two addresses name the same camera, whatever their options are. */
export function sameScene(a: string, b: string): boolean {
  return a.split("?")[0] === b.split("?")[0];
}

/** Whether there is no configuration file at all. */
export function isUnconfigured({ file, env }: Pick<ConfigSources, "file" | "env">): boolean {
  return (
    file === null && env.OUTRIDER_CONFIG === undefined && !defaultConfigFiles.some((path) => existsSync(path))
  );
}
