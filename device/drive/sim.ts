// The simulated car as a drive. Servo and motor take their time in the world itself (device/camera/sim/vehicle.ts).
import type { SimTime } from "../camera/sim/sim-time.ts";
import type { TrackWorld } from "../camera/sim/track.ts";
import { type Drive, type DriveCommand, neutralCommand } from "./drive.ts";

/** A thumb that rests is not exactly at zero. */
const neutralTolerance = 0.05;

/** Opens the drive of a world's car: neutral and disarmed. */
export function createSimDrive(world: TrackWorld, time: Pick<SimTime, "nowS">): Drive {
  let isArmed = false;
  let isClosed = false;
  let lastAsked: DriveCommand = neutralCommand;
  let neutralReason: string | null = null;

  /** Whatever is asked counts from this moment on, so the world must have got here first. */
  function now(): TrackWorld {
    world.advanceTo(time.nowS());
    return world;
  }

  function neutral(reason: string): void {
    isArmed = false;
    neutralReason = reason;
    now().halt();
  }

  return {
    name: `simulated car (track, seed ${world.seed})`,
    arm: async () => {
      if (isClosed) throw new Error("Expected the drive to be open when it is armed, got a closed one");
      if (isArmed) return;
      const { steering, throttle } = lastAsked;
      if (Math.max(Math.abs(steering), Math.abs(throttle)) > neutralTolerance) {
        throw new Error(
          `Expected stick and trigger at rest (within ±${neutralTolerance}) before arming, ` +
            `got steering ${steering}, throttle ${throttle}`,
        );
      }
      isArmed = true;
    },
    apply: async (command) => {
      lastAsked = clampCommand(command);
      if (isArmed) now().command(lastAsked);
    },
    neutral: async (reason) => neutral(reason),
    state: () => {
      const { steering, throttle } = now().car;
      return { armed: isArmed, applied: { steering, throttle }, neutralReason };
    },
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      neutral("closed");
    },
  };
}

function clampCommand({ steering, throttle }: DriveCommand): DriveCommand {
  if (!Number.isFinite(steering) || !Number.isFinite(throttle)) return neutralCommand;
  return { steering: Math.max(-1, Math.min(1, steering)), throttle: Math.max(-1, Math.min(1, throttle)) };
}
