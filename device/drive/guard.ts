// A drive that is watched over: its board is in a process of its own, which stops the car when we fall silent, hang or die. When that process
// fails, this one writes neutral itself and starts another.
import type { Clock } from "../clock.ts";
import { parseDeviceUrl } from "../device-url.ts";
import type { Log } from "../log.ts";
import { parseBoard } from "./board.ts";
import {
  type Drive,
  type DriveCommand,
  type DriveState,
  type FailSafe,
  localValidMs,
  neutralCommand,
} from "./drive.ts";
import { openGuardKeeper } from "./guard-keeper.ts";
import { defaultHungMs, GuardGoneError, type GuardLink, startGuard } from "./guard-link.ts";
import { assertNeutralThrottle, clampCommand } from "./limits.ts";
import { openDrive } from "./open.ts";

export type GuardedDriveOptions = {
  /** The board's address, `pca9685:…` or `recording:…`; with `local` it is not looked at. */
  readonly url: string;
  /** A drive that lives in this process (the simulated car): it obeys the commands that come back from the guard. It is closed with this one. */
  readonly local?: Drive;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * A command is in force at least so long without a fresh one, ms (the guard's bound holds all the same); not given: as asked. Only for a car
   * that can run over nobody.
   */
  readonly leastValidMs?: number;
  /** A guard that was started already, so that it comes up while other things are opened. */
  readonly first?: GuardLink;
  /** Starts a guard; a test passes its own. */
  readonly start?: () => GuardLink;
};

const armGraceMs = 2000;
const closeMs = 2000;

/**
 * Opens the drive, neutral and disarmed. Without `local` it resolves when the board has neutral, with `local` at once.
 * @throws Error naming what is wrong with the address, or what the board said.
 */
export async function openGuardedDrive(options: GuardedDriveOptions): Promise<Drive> {
  const { url, clock, log, local = null } = options;
  const board = local === null ? parseBoard(parseDeviceUrl(url)) : null;
  if (local === null && board === null)
    throw new Error(`Expected the address of a board to guard, got "${url}"`);
  const armMs = (board?.settings.armMs ?? 0) + armGraceMs;
  const start = options.start ?? (() => startGuard({ clock, log }));
  const listeners = new Set<(failSafe: FailSafe) => void>();
  let state: DriveState = { armed: false, applied: neutralCommand, neutralReason: null };
  let asked: DriveCommand = neutralCommand;
  let askedNs = clock.monotonicNs();
  let stops = 0;
  let closed: Promise<void> | null = null;

  const validFor = (validMs: number): number => Math.max(validMs, options.leastValidMs ?? 0);
  const disarm = (reason: string): void => {
    stops += 1;
    state = { armed: false, applied: neutralCommand, neutralReason: reason };
    local?.neutral(reason).catch((cause: unknown) => log.error({ cause }, "the drive did not take neutral"));
  };
  const onFailSafe = (failSafe: FailSafe): void => {
    disarm(failSafe.reason);
    const { cause, silentMs, applied, reason } = failSafe;
    // Whoever drives says it to a person, with the driver's name; once is enough.
    log.debug({ cause, silentMs: Math.round(silentMs), applied }, `the car was stopped: ${reason}`);
    for (const listener of listeners) listener(failSafe);
  };
  /** A bus of our own, for as long as it takes. */
  const writeNeutral = async (): Promise<void> => {
    if (local === null) await (await openDrive(url, { clock, log })).close();
  };
  const keeper = await openGuardKeeper({
    clock,
    log,
    first: options.first ?? start(),
    start,
    // The guard of a drive that lives here has no board: it says what may be applied, and we do it.
    url: local === null ? url : "none:",
    listener: {
      onState: (said) => {
        state = said;
        if (said.armed) void local?.apply(said.applied);
      },
      onFailSafe,
    },
    heal: writeNeutral,
    waits: local === null,
    onGone: (reason) => {
      const atNs = clock.monotonicNs();
      onFailSafe({
        cause: "guard",
        reason: `the driving guard ${reason}`,
        atNs,
        silentMs: (atNs - askedNs) / 1e6,
        applied: state.applied,
      });
    },
  });

  const assertOpen = (): void => {
    if (closed !== null) throw new Error("Expected an open drive, got a closed one");
  };
  const close = async (): Promise<void> => {
    disarm("closed");
    try {
      await keeper.current()?.ask({ ask: "close" }, closeMs);
    } catch (cause) {
      if (!(cause instanceof GuardGoneError)) throw cause;
      await writeNeutral();
    } finally {
      await keeper.close();
      await local?.close();
    }
  };

  return {
    name: local?.name ?? board!.name,
    moves: true,
    arm: async () => {
      assertOpen();
      if (state.armed) return;
      assertNeutralThrottle(asked);
      const stopsBefore = stops;
      const assertNoStop = (): void => {
        if (stops !== stopsBefore) throw new Error(`Stopped while arming: ${state.neutralReason}`);
      };
      const guard = await keeper.arrival();
      assertNoStop();
      assertNeutralThrottle(asked);
      await guard.ask({ ask: "arm", validMs: validFor(localValidMs) }, armMs);
      assertNoStop();
      await local?.arm();
    },
    apply: async (command, { validMs } = { validMs: localValidMs }) => {
      assertOpen();
      asked = clampCommand(command);
      askedNs = clock.monotonicNs();
      keeper.current()?.apply(asked, { validMs: validFor(validMs), sentNs: askedNs });
    },
    neutral: async (reason) => {
      disarm(reason);
      asked = neutralCommand;
      try {
        await keeper.current()?.ask({ ask: "neutral", reason }, defaultHungMs);
      } catch (cause) {
        if (!(cause instanceof GuardGoneError)) throw cause;
      }
      // Where a guard has just gone, neutral is written by us.
      await keeper.healed();
    },
    state: () => (local === null ? state : { ...state, applied: local.state().applied }),
    onFailSafe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}
