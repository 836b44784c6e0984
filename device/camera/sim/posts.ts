// Makes the scenes of simulated camera posts. Cameras that look at the same place at the same size share its scene: a scene is painted and
// told in one go, so that none disturbs another.
import { createReserveScene } from "./reserve/reserve-scene.ts";
import { createPoses } from "./reserve/wardrobe.ts";
import { createRidgeScene } from "./ridge/ridge-scene.ts";
import type { Scene } from "./scene.ts";
import type { SimUrl } from "./sim-url.ts";

/** What a post looks at. */
export type PostPlace = {
  readonly url: Extract<SimUrl, { readonly world: "reserve" | "ridge" }>;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
};

/** Begins with no scenes; the function finds or makes one, in about a second. */
export function createPosts(): (place: PostPlace) => Scene {
  const scenes = new Map<string, Scene>();
  const poses = createPoses();

  function open({ url, seed, width, height }: PostPlace): Scene {
    if (url.world === "ridge") return createRidgeScene({ seed, width, height });
    const { animals, night } = url;
    const options = { seed, width, height, night, poses, ready: true };
    return createReserveScene(animals === null ? options : { ...options, animals });
  }

  return (place) => {
    const { url, seed, width, height } = place;
    const special = url.world === "reserve" ? [url.animals, url.night] : [];
    const key = [url.world, seed, width, height, ...special].join(" ");
    const scene = scenes.get(key) ?? open(place);
    scenes.set(key, scene);
    return scene;
  };
}
