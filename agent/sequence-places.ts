// Where cameras stand and look, for those who review their sequences (a camera's own words first, then those of the device), and which of
// them an alert platform is told of.

import type { CameraPlace } from "../sync/annotation/drafts.ts";
import { cameraKey } from "../sync/annotation/keys.ts";
import type { Config } from "./config.ts";

type PlaceConfig = Pick<Config, "cameras" | "sync" | "watch" | "device">;

/** The place of a camera, also of one that is not configured any more; null: nobody said where it stands. */
export function placeOfCamera({ cameras, sync, device }: PlaceConfig, camera: string): CameraPlace | null {
  const own = cameras.find(({ id }) => id === camera)?.place;
  const lat = own?.lat ?? sync.annotation?.lat ?? null;
  const lon = own?.lon ?? sync.annotation?.lon ?? null;
  if (lat === null || lon === null) return null;
  return {
    id: own?.id ?? cameraKey(device, camera),
    name: own?.name ?? `${device}-${camera}`,
    lat,
    lon,
    azimuth: own?.azimuth ?? null,
  };
}

/** What is missing of the places of cameras whose sequences are to be sent, each as `path: rule, got value`. */
export function missingPlaces(config: PlaceConfig): readonly string[] {
  const { annotation } = config.sync;
  if (annotation === null || !config.watch.enabled) return [];
  const watched = config.cameras.filter(({ watch }) => watch.enabled);
  return watched.flatMap(({ id, place }) =>
    (["lat", "lon"] as const)
      .filter((which) => (place[which] ?? annotation[which]) === null)
      .map(
        (which) =>
          `cameras.${id}.place.${which}: expected degrees here or in sync.annotation.${which}, for its sequences are sent there, got nothing`,
      ),
  );
}

/** What does not fit together of the alert platform and the cameras that it is told of, each as `path: rule, got value`. */
export function platformProblems({ cameras, sync }: Pick<Config, "cameras" | "sync">): readonly string[] {
  const told = cameras.filter(({ platform }) => platform !== null);
  if (sync.platform === null)
    return told.map(
      ({ id }) => `cameras.${id}.platform: expected sync.platform to say which one, got nothing there`,
    );
  return told.length > 0
    ? []
    : ["sync.platform: expected a camera that it is told of (cameras[].platform.pose), got none"];
}

/** Whether a class is one of `wanted`, or below one (`animal/tiger` is below `animal`); null: every class is. */
export function isOneOf(className: string, wanted: readonly string[] | null): boolean {
  return wanted === null || wanted.some((each) => className === each || className.startsWith(`${each}/`));
}
