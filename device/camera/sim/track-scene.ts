// The scene of a track: the view from the car's windscreen, which nods when the car speeds up, brakes and meets bumps.
import { createPainter, type Scenery } from "./paint.ts";
import type { Scene } from "./scene.ts";
import type { TrackWorld } from "./track.ts";

/** Makes the scene of a world for pictures of a size. */
export function createTrackScene(
  world: TrackWorld,
  scenery: Scenery,
  size: { readonly width: number; readonly height: number },
): Scene {
  const paint = createPainter(scenery, size.width, size.height);
  return {
    advanceTo: world.advanceTo,
    paint: (pixels) => {
      const { x, y, heading } = world.car;
      paint({ x, y, heading, nod: nodOf(world) }, pixels);
    },
    truth: world.truth,
  };
}

/** Radians, up positive: soft springs, and bumps that lie where they lie. */
function nodOf(world: TrackWorld): number {
  const { acceleration, speed } = world.car;
  const metres = world.nearest() * world.course.stepM;
  const bumps = Math.sin(metres * 9.1) + Math.sin(metres * 23.7 + 1) + Math.sin(metres * 41.3 + 2);
  const lean = Math.max(-0.025, Math.min(0.025, 0.006 * acceleration));
  return lean + 0.0012 * bumps * Math.min(1, Math.abs(speed));
}
