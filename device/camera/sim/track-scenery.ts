// Builds all that a track's pictures are painted from: look, ground, surroundings, props. A few hundred milliseconds, once per world.
import { createGround } from "./ground.ts";
import { createLook } from "./look.ts";
import type { Scenery } from "./paint.ts";
import { createPanorama } from "./panorama.ts";
import { placeProps } from "./props.ts";
import { createSprites } from "./sprites.ts";
import type { TrackWorld } from "./track.ts";

/** The scenery of a track world. */
export function createTrackScenery(world: Pick<TrackWorld, "seed" | "course">): Scenery {
  const { seed, course } = world;
  const look = createLook(seed);
  const props = placeProps(course, seed);
  const pictureOf = createSprites(look, seed);
  return {
    look,
    ground: createGround(course, look, props, seed),
    panorama: createPanorama(look, seed),
    props: props.map((prop) => ({ ...prop, picture: pictureOf(prop) })),
  };
}
