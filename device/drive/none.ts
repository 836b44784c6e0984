// `none:`: a drive that moves nothing. For camera posts, and for recording while somebody else drives.
import { type Drive, type DriveCommand, neutralCommand } from "./drive.ts";
import { assertNeutralThrottle, clampCommand } from "./limits.ts";

/** Makes a drive without a car. */
export function createNoDrive(): Drive {
  let armed = false;
  let closed = false;
  let applied: DriveCommand = neutralCommand;
  let asked: DriveCommand = neutralCommand;
  let neutralReason: string | null = null;
  const neutral = async (reason: string): Promise<void> => {
    armed = false;
    applied = neutralCommand;
    asked = neutralCommand;
    neutralReason = reason;
  };
  return {
    name: "no drive",
    moves: false,
    arm: async () => {
      if (closed) throw new Error("Expected an open drive to arm, got a closed one");
      if (armed) return;
      assertNeutralThrottle(asked);
      armed = true;
    },
    apply: async (command) => {
      if (closed) throw new Error("Expected an open drive to move, got a closed one");
      asked = clampCommand(command);
      applied = armed ? asked : neutralCommand;
    },
    neutral,
    state: () => ({ armed, applied, neutralReason }),
    close: async () => {
      if (closed) return;
      closed = true;
      await neutral("closed");
    },
  };
}
