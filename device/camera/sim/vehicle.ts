// A small car as a kinematic bicycle: a servo that needs its time, a motor with drag, tyres that let go. About the size of a 1:10 model.
import type { DriveCommand } from "../../drive/drive.ts";

/** What the car is doing. Metres, seconds, radians; angles and steering are positive to the right. */
export type Vehicle = {
  x: number;
  y: number;
  heading: number;
  /** m/s along the car, negative in reverse. */
  speed: number;
  /** rad/s. */
  yawRate: number;
  /** m/s², smoothed; makes the camera nod. */
  acceleration: number;
  /** Where servo and motor controller are on their way to the command, −1..1. */
  steering: number;
  throttle: number;
};

/** Distance between the axles. */
export const wheelbaseM = 0.26;
/** Front wheel angle at full lock. */
export const fullLockRad = (28 * Math.PI) / 180;

/** Full lock to full lock in 0.3 s, as a model servo needs under load. */
const servoPerS = 6.5;
const throttlePerS = 5;
const gravity = 9.81;

/** A car standing still. */
export function createVehicle(x: number, y: number, heading: number): Vehicle {
  return { x, y, heading, speed: 0, yawRate: 0, acceleration: 0, steering: 0, throttle: 0 };
}

/** Moves the car on by `dt` seconds. Off the road it drags and slides. */
export function stepVehicle(car: Vehicle, command: DriveCommand, onRoad: boolean, dt: number): void {
  car.steering = approach(car.steering, command.steering, servoPerS * dt);
  // A motor controller ramps up, but lets go at once.
  const letsGo = Math.abs(command.throttle) < Math.abs(car.throttle) || command.throttle * car.throttle < 0;
  car.throttle = letsGo ? command.throttle : approach(car.throttle, command.throttle, throttlePerS * dt);

  const before = car.speed;
  car.speed += forwardAcceleration(car, onRoad) * dt;
  // Drag and brake bring a car to rest, they do not send it back.
  if (before !== 0 && Math.sign(car.speed) !== Math.sign(before) && Math.abs(car.throttle) < 0.03)
    car.speed = 0;
  if (before > 0 && car.speed < 0) car.speed = 0;

  const gripAcceleration = (onRoad ? 0.8 : 0.35) * gravity;
  const wanted = (car.speed * Math.tan(car.steering * fullLockRad)) / wheelbaseM;
  const most = gripAcceleration / Math.max(Math.abs(car.speed), 0.1);
  const yawRate = Math.max(-most, Math.min(most, wanted));
  car.yawRate += (yawRate - car.yawRate) * Math.min(1, dt / 0.05);

  const middle = car.heading + (car.yawRate * dt) / 2;
  car.x += car.speed * Math.cos(middle) * dt;
  car.y += car.speed * Math.sin(middle) * dt;
  car.heading += car.yawRate * dt;
  car.acceleration += ((car.speed - before) / dt - car.acceleration) * Math.min(1, dt / 0.12);
}

/** Motor, air and rolling drag in m/s²; about 3 m/s at full throttle, at rest within a second when the trigger is let go. */
function forwardAcceleration(car: Vehicle, onRoad: boolean): number {
  const { speed, throttle } = car;
  const drag = (onRoad ? 0.9 : 2.2) * speed;
  if (Math.abs(throttle) < 0.03) return -drag - Math.sign(speed) * 1.5;
  const rolling = Math.sign(speed) * 0.12;
  if (throttle < 0 && speed > 0) return 5 * throttle - drag - rolling;
  return (throttle < 0 ? 1.5 : 3) * throttle - drag - rolling;
}

function approach(value: number, target: number, most: number): number {
  return value + Math.max(-most, Math.min(most, target - value));
}
