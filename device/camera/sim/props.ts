// What stands beside a track: cones, boards and bushes, placed from the seed. Where and what only; their pictures are in sprites.ts.
import { type Course, nearestSample, wrapIndex } from "./course.ts";
import { between, createRandom, type Random } from "./seeded-random.ts";

/** Something upright. Metres; `x`, `y` is the middle of its foot. */
export type Prop = {
  readonly kind: "cone" | "bush" | "board";
  readonly x: number;
  readonly y: number;
  readonly widthM: number;
  readonly heightM: number;
  /** Of a board: the direction along its width. Cones and bushes always face the camera. */
  readonly along: number;
  /** Which picture of its kind, any whole number. */
  readonly variant: number;
};

/** Places the props of a seed: cones outside the bends, boards where they can be read, bushes in the open. */
export function placeProps(course: Course, seed: number): Prop[] {
  const random = createRandom(seed, "props");
  return [...placeCones(course, random), ...placeBoards(course, random), ...placeBushes(course, random)];
}

function placeCones(course: Course, random: Random): Prop[] {
  const cones: Prop[] = [];
  const spacing = Math.round(0.7 / course.stepM);
  for (let i = 0; i < course.count; i += spacing) {
    const curvature = course.curvature[i]!;
    if (Math.abs(curvature) < 0.45 || random() < 0.15) continue;
    const outside = -Math.sign(curvature) * (course.halfWidthM + between(random, 0.16, 0.24));
    const place = besideRoad(course, i, outside);
    if (!isClear(course, place, course.halfWidthM + 0.1)) continue;
    cones.push({ kind: "cone", ...place, widthM: 0.17, heightM: 0.23, along: 0, variant: 0 });
  }
  return cones;
}

function placeBoards(course: Course, random: Random): Prop[] {
  const boards: Prop[] = [];
  const spacing = Math.round(2.2 / course.stepM);
  for (let i = spacing; i < course.count; i += spacing) {
    const ahead = wrapIndex(course, i + spacing);
    const curvature = course.curvature[ahead]!;
    const side = Math.abs(curvature) > 0.2 ? -Math.sign(curvature) : random() < 0.5 ? 1 : -1;
    const place = besideRoad(course, ahead, side * between(random, 0.95, 1.25));
    const variant = Math.floor(random() * 1000);
    if (random() < 0.25 || !isClear(course, place, course.halfWidthM + 0.38)) continue;
    // Turned a little towards those who come.
    const along = course.heading[ahead]! + side * between(random, 0.15, 0.5);
    boards.push({ kind: "board", ...place, widthM: 0.9, heightM: 0.42, along, variant });
  }
  return boards;
}

function placeBushes(course: Course, random: Random): Prop[] {
  const bushes: Prop[] = [];
  for (let attempt = 0; attempt < 150; attempt++) {
    const place = { x: between(random, -12, 12), y: between(random, -10, 10) };
    const size = between(random, 0.35, 1.3);
    const variant = Math.floor(random() * 1000);
    if (!isClear(course, place, course.halfWidthM + 0.5 + 0.5 * size)) continue;
    const heightM = size * between(random, 0.6, 1.1);
    bushes.push({ kind: "bush", ...place, widthM: size, heightM, along: 0, variant });
  }
  return bushes;
}

function besideRoad(course: Course, index: number, offsetM: number): { x: number; y: number } {
  const heading = course.heading[index]!;
  return {
    x: course.x[index]! - offsetM * Math.sin(heading),
    y: course.y[index]! + offsetM * Math.cos(heading),
  };
}

/** Whether a place is far enough from every stretch of road, not only from its own. */
function isClear(course: Course, place: { x: number; y: number }, distanceM: number): boolean {
  const nearest = nearestSample(course, place.x, place.y, null);
  return Math.hypot(place.x - course.x[nearest]!, place.y - course.y[nearest]!) >= distanceM;
}
