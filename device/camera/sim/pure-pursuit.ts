// Steering of a driver who sees everything: the arc through a point of the centre line some way ahead (pure pursuit, Coulter 1992).
import { type Course, nearestSample, wrapIndex } from "./course.ts";
import { fullLockRad, type Vehicle, wheelbaseM } from "./vehicle.ts";

/** Where the driver looks. */
export type Pursuit = {
  /** Metres ahead along the centre line. */
  readonly lookaheadM: number;
  /** Metres to the right of the centre line. */
  readonly offsetM: number;
};

/** How far a careful driver looks ahead at a speed (m/s): metres. */
export function lookaheadAt(speed: number): number {
  return 0.45 + 0.3 * Math.max(0, speed);
}

/** Steering −1..1 (left negative) that takes the car to the point ahead. `near` is a sample close to the car, or null. */
export function pursue(
  course: Course,
  car: Pick<Vehicle, "x" | "y" | "heading">,
  near: number | null,
  pursuit: Pursuit,
): number {
  const here = nearestSample(course, car.x, car.y, near);
  const ahead = wrapIndex(course, here + Math.round(pursuit.lookaheadM / course.stepM));
  const heading = course.heading[ahead]!;
  const targetX = course.x[ahead]! - pursuit.offsetM * Math.sin(heading);
  const targetY = course.y[ahead]! + pursuit.offsetM * Math.cos(heading);
  const dx = targetX - car.x;
  const dy = targetY - car.y;
  const right = dy * Math.cos(car.heading) - dx * Math.sin(car.heading);
  const curvature = (2 * right) / Math.max(dx * dx + dy * dy, 0.01);
  return Math.max(-1, Math.min(1, Math.atan(curvature * wheelbaseM) / fullLockRad));
}
