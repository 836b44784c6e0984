// The course of a track: a closed centre line of straights and bends, drawn from a seed. Geometry only; the car is in track.ts.
// The plan has y pointing down, as a picture has, so that everything to the right (turns, offsets, angles) is positive.
import { between, createRandom, pick, type Random } from "./seeded-random.ts";

/** A closed centre line, sampled at equal distances. Lengths in metres, angles in radians. */
export type Course = {
  readonly lengthM: number;
  /** From the centre line to the outer edge of the road. */
  readonly halfWidthM: number;
  /** Distance between two samples. */
  readonly stepM: number;
  readonly count: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Direction of travel, 0 = along x, rising clockwise on the plan; continuous but for the jump at the end of the lap. */
  readonly heading: Float64Array;
  /** 1/m, positive in a right-hand bend. */
  readonly curvature: Float64Array;
};

const halfWidthM = 0.5;
const stepM = 0.05;
const tightestRadiusM = 0.9;
/** Two roads side by side need both half widths and a verge with signs between them. */
const clearanceM = 2;

/** Draws the course of a seed. */
export function createCourse(seed: number): Course {
  const random = createRandom(seed, "course");
  for (let attempt = 0; attempt < 400; attempt++) {
    const corners = drawCorners(random);
    const outline = roundCorners(corners, random);
    if (outline === null) continue;
    const course = sampleCourse(outline);
    if (isDrivable(course)) return course;
  }
  // Never needed in 3000 seeds tried; a plain oval keeps the promise that every seed has a course.
  return sampleCourse(oval());
}

/** The sample nearest to a point. `near` (a sample index) limits the search to 3 m around it, null searches the whole course. */
export function nearestSample(course: Course, x: number, y: number, near: number | null): number {
  const reach = near === null ? course.count : Math.ceil(3 / course.stepM);
  const first = near === null ? 0 : near - reach;
  const last = near === null ? course.count - 1 : near + reach;
  let best = 0;
  let bestSquared = Number.POSITIVE_INFINITY;
  for (let i = first; i <= last; i++) {
    const index = wrapIndex(course, i);
    const dx = x - course.x[index]!;
    const dy = y - course.y[index]!;
    const squared = dx * dx + dy * dy;
    if (squared < bestSquared) {
      bestSquared = squared;
      best = index;
    }
  }
  return best;
}

/** How far right (positive) or left (negative) of the centre line a point is, seen from the sample `index`. Metres. */
export function lateralOffset(course: Course, index: number, x: number, y: number): number {
  const heading = course.heading[index]!;
  return (y - course.y[index]!) * Math.cos(heading) - (x - course.x[index]!) * Math.sin(heading);
}

/** A sample index brought back onto the closed course. */
export function wrapIndex(course: Course, index: number): number {
  const rest = index % course.count;
  return rest < 0 ? rest + course.count : rest;
}

/** An angle brought to −π..π. */
export function wrapAngle(angle: number): number {
  return Math.atan2(Math.sin(angle), Math.cos(angle));
}

type Point = { readonly x: number; readonly y: number };

/** Corners around a middle, some pushed in, so that the course bends both ways but cannot cross itself. */
function drawCorners(random: Random): Point[] {
  const count = 7 + Math.floor(random() * 4);
  const clockwise = random() < 0.5;
  const corners: Point[] = [];
  for (let i = 0; i < count; i++) {
    const angle = (2 * Math.PI * (i + between(random, -0.28, 0.28))) / count;
    const radius = random() < 0.45 ? between(random, 2.6, 3.8) : between(random, 5, 7);
    corners.push({ x: 1.25 * radius * Math.cos(angle), y: radius * Math.sin(angle) });
  }
  return clockwise ? corners : corners.reverse();
}

/** Replaces each corner by an arc of its own radius; null when one would be too tight to drive. */
function roundCorners(corners: readonly Point[], random: Random): Point[] | null {
  const outline: Point[] = [];
  for (let i = 0; i < corners.length; i++) {
    const before = corners[(i + corners.length - 1) % corners.length]!;
    const corner = corners[i]!;
    const after = corners[(i + 1) % corners.length]!;
    const inLength = Math.hypot(corner.x - before.x, corner.y - before.y);
    const outLength = Math.hypot(after.x - corner.x, after.y - corner.y);
    const inAngle = Math.atan2(corner.y - before.y, corner.x - before.x);
    const turn = wrapAngle(Math.atan2(after.y - corner.y, after.x - corner.x) - inAngle);
    const room = 0.48 * Math.min(inLength, outLength);
    const wanted = pick(random, [1.05, 1.3, 1.7, 2.4, 3.4, 5]);
    const radius = Math.min(wanted, room / Math.tan(Math.abs(turn) / 2));
    if (radius < 1) return null;
    const tangent = radius * Math.tan(Math.abs(turn) / 2);
    const side = Math.sign(turn);
    const startX = corner.x - tangent * Math.cos(inAngle);
    const startY = corner.y - tangent * Math.sin(inAngle);
    const middleX = startX - side * radius * Math.sin(inAngle);
    const middleY = startY + side * radius * Math.cos(inAngle);
    const pieces = Math.max(2, Math.ceil((Math.abs(turn) * radius) / stepM));
    for (let piece = 0; piece <= pieces; piece++) {
      const angle = inAngle + (turn * piece) / pieces;
      outline.push({
        x: middleX + side * radius * Math.sin(angle),
        y: middleY - side * radius * Math.cos(angle),
      });
    }
  }
  return outline;
}

function oval(): Point[] {
  return Array.from({ length: 200 }, (_, i) => {
    const angle = (2 * Math.PI * i) / 200;
    return { x: 6 * Math.cos(angle), y: 4 * Math.sin(angle) };
  });
}

/** Samples an outline at equal distances and eases straights into bends, as a road does. */
function sampleCourse(outline: readonly Point[]): Course {
  let points = resample(outline);
  for (let pass = 0; pass < 3; pass++) points = smooth(points, 5);
  points = resample(points);
  const count = points.length;
  const x = Float64Array.from(points, (point) => point.x);
  const y = Float64Array.from(points, (point) => point.y);
  const lengthM = outlineLength(points);
  const step = lengthM / count;
  const heading = new Float64Array(count);
  const curvature = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const next = (i + 1) % count;
    const previous = (i + count - 1) % count;
    heading[i] = Math.atan2(y[next]! - y[previous]!, x[next]! - x[previous]!);
  }
  for (let i = 0; i < count; i++) {
    const turn = wrapAngle(heading[(i + 3) % count]! - heading[(i + count - 3) % count]!);
    curvature[i] = turn / (6 * step);
  }
  return { lengthM, halfWidthM, stepM: step, count, x, y, heading, curvature };
}

function smooth(points: readonly Point[], reach: number): Point[] {
  const count = points.length;
  return points.map((_, i) => {
    let x = 0;
    let y = 0;
    for (let j = -reach; j <= reach; j++) {
      const point = points[(i + j + count) % count]!;
      x += point.x;
      y += point.y;
    }
    return { x: x / (2 * reach + 1), y: y / (2 * reach + 1) };
  });
}

/** The same closed line with points at equal distances of about `stepM`. */
function resample(points: readonly Point[]): Point[] {
  const total = outlineLength(points);
  const count = Math.round(total / stepM);
  const samples: Point[] = [];
  let travelled = 0;
  for (let i = 0; i < points.length && samples.length < count; i++) {
    const from = points[i]!;
    const to = points[(i + 1) % points.length]!;
    const piece = Math.hypot(to.x - from.x, to.y - from.y);
    while (samples.length < count && (samples.length * total) / count <= travelled + piece) {
      const part = piece === 0 ? 0 : ((samples.length * total) / count - travelled) / piece;
      samples.push({ x: from.x + part * (to.x - from.x), y: from.y + part * (to.y - from.y) });
    }
    travelled += piece;
  }
  return samples;
}

function outlineLength(points: readonly Point[]): number {
  return points.reduce((sum, point, i) => {
    const next = points[(i + 1) % points.length]!;
    return sum + Math.hypot(next.x - point.x, next.y - point.y);
  }, 0);
}

/** No bend tighter than the car can steer, no two stretches closer than two roads and a verge. */
function isDrivable(course: Course): boolean {
  if (course.curvature.some((curvature) => Math.abs(curvature) > 1 / tightestRadiusM)) return false;
  const stride = 4;
  const apart = 3.5 / course.stepM;
  for (let i = 0; i < course.count; i += stride) {
    for (let j = i + stride; j < course.count; j += stride) {
      const along = Math.min(j - i, course.count - (j - i));
      const distance = Math.hypot(course.x[i]! - course.x[j]!, course.y[i]! - course.y[j]!);
      if (along > apart && distance < clearanceM) return false;
    }
  }
  return true;
}
