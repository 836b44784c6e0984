// The simulated car as a drive. Servo and motor take their time in the world itself (device/camera/sim/vehicle.ts).
import type { SimTime } from "../camera/sim/sim-time.ts";
import type { TrackWorld } from "../camera/sim/track.ts";
import { type Drive, type DriveCommand, neutralCommand } from "./drive.ts";
import { assertNeutralThrottle, clampCommand } from "./limits.ts";

/** Opens the drive of a world's car: neutral and disarmed. */
export function createSimDrive(world: TrackWorld, time: Pick<SimTime, "nowS">): Drive {
  let isArmed = false;
  let isClosed = false;
  let asked: DriveCommand = neutralCommand;
  let neutralReason: string | null = null;

  /** Whatever is asked counts from this moment on, so the world must have got here first. */
  function now(): TrackWorld {
    world.advanceTo(time.nowS());
    return world;
  }

  function neutral(reason: string): void {
    isArmed = false;
    asked = neutralCommand;
    neutralReason = reason;
    now().halt();
  }

  return {
    name: `simulated car (track, seed ${world.seed})`,
    moves: true,
    arm: async () => {
      if (isClosed) throw new Error("Expected an open drive to arm, got a closed one");
      if (isArmed) return;
      assertNeutralThrottle(asked);
      isArmed = true;
    },
    apply: async (command) => {
      if (isClosed) throw new Error("Expected an open drive to move, got a closed one");
      asked = clampCommand(command);
      if (isArmed) now().command(asked);
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
