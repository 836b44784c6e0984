// The wheel of the car: one driver at a time, whoever it is. It knows who moves the car, what was commanded at which moment, and why
// the car stands. Who may take it from whom is for the drivers to say (stick.ts, remote-driver.ts, autopilot.ts).
import type { Clock } from "../../device/clock.ts";
import {
  type Drive,
  type DriveCommand,
  type FailSafe,
  localValidMs,
  neutralCommand,
} from "../../device/drive/drive.ts";
import type { Log } from "../../device/log.ts";
import { createRecent } from "./recent.ts";

export type DriverKind = "stick" | "remote" | "model";

/** Somebody at the wheel. */
export type Driver = {
  readonly kind: DriverKind;
  /** Whom a label names; null: as the recorder is configured. */
  readonly createdBy: string | null;
};

/** What was asked of the car from a moment on, and by whom. */
export type Commanded = DriveCommand & { readonly driver: Driver; readonly monotonicNs: number };

/** A stop that nobody asked for: of the guard, or of a part of ours that lost its driver (gamepad, link, camera, model). */
export type Stop = {
  readonly cause: FailSafe["cause"] | "gamepad" | "link" | "model";
  readonly reason: string;
  /** Who drove. */
  readonly driver: Driver | null;
  /** Wall clock, µs. */
  readonly atUs: number;
};

export type WheelChange =
  /** The car may move from now on. */
  | { readonly kind: "allowed" }
  /** Somebody else drives, or nobody any more. */
  | {
      readonly kind: "driver";
      readonly driver: Driver | null;
      readonly before: Driver | null;
      readonly reason: string;
    }
  | { readonly kind: "failSafe"; readonly stop: Stop };

/** When a command was given (default: now), and how long it may be in force, ms (default: that of a driver on the machine). */
export type CommandOptions = { readonly atNs?: number; readonly validMs?: number };

/** Life: create → follow once → close. Commands never wait for the board: the newest one goes out as soon as it can. */
export type Wheel = {
  /** false: somebody else moves the car, and what the stick says counts without arming. */
  readonly moves: boolean;
  /** Who moves the car; null: it stands and nobody armed it. */
  readonly driver: () => Driver | null;
  /** Why nothing may move now; null: it may. */
  readonly forbidden: () => string | null;
  /** Lets the car move; resolves when those who wait for it had their turn. */
  readonly allow: () => Promise<void>;
  /** Stops whoever drives, and nobody moves the car until it is allowed again. @param reason for a person. */
  readonly forbid: (reason: string) => Promise<void>;
  /** Takes the wheel, from whoever has it; the car must be allowed to move. Resolves with whether it is armed for this driver. */
  readonly arm: (driver: Driver) => Promise<boolean>;
  /** false: not obeyed, for this kind of driver does not have the wheel. */
  readonly command: (kind: DriverKind, command: DriveCommand, options?: CommandOptions) => boolean;
  /** Asks for the newest command once more: a hand at rest says nothing by itself. */
  readonly refresh: (kind: DriverKind) => void;
  /** Stops whoever drives; who wants to move the car has to arm it again. @param reason for a person. */
  readonly stop: (reason: string) => Promise<void>;
  /** The same, as a stop that nobody asked for: counted and told. */
  readonly failSafe: (cause: Stop["cause"], reason: string) => Promise<void>;
  /** What was asked of the car at a moment; null: nothing, it stood. */
  readonly commandAt: (monotonicNs: number) => Commanded | null;
  /** The newest stop that nobody asked for, and how many there were, by cause. */
  readonly stops: () => { readonly newest: Stop | null; readonly counts: Readonly<Record<string, number>> };
  /** Listeners that return a promise are waited for by `allow` alone. Returns how to stop hearing. */
  readonly onChange: (listener: (change: WheelChange) => void | Promise<void>) => () => void;
  /** Watches that drivers other than the stick do not fall silent, until the signal aborts. */
  readonly follow: (signal: AbortSignal) => Promise<void>;
  /** Stops hearing the drive, which is closed by its owner. May be called twice. */
  readonly close: () => void;
};

const lookEveryMs = 50;
/** The guard comes first, where there is one. */
const silenceGraceMs = 100;

export function createWheel(deps: { drive: Drive; clock: Clock; log: Log }): Wheel {
  const { drive, clock, log } = deps;
  const history = createRecent<{ readonly monotonicNs: number; readonly commanded: Commanded | null }>();
  const listeners = new Set<(change: WheelChange) => void | Promise<void>>();
  const counts: Record<string, number> = {};
  let driver: Driver | null = null;
  let forbidden: string | null = "no run is on";
  let newestStop: Stop | null = null;
  /** Rises with every stop: what began before it does not count after it. */
  let stops = 0;
  let inForce: { command: DriveCommand; validMs: number; sinceNs: number } | null = null;
  let isDue = false;
  let isWriting = false;
  let isStoppedByDrive = false;
  /** Whose drive let go by itself; why is told a moment later. */
  let dropped: Driver | null = null;
  let arming: { readonly kind: DriverKind; readonly done: Promise<boolean> } | null = null;

  const tell = async (change: WheelChange): Promise<void> => {
    for (const listener of [...listeners]) {
      try {
        await listener(change);
      } catch (cause) {
        log.error({ cause, change: change.kind }, "what follows a change of the wheel failed");
      }
    }
  };
  const pass = (to: Driver | null, reason: string): void => {
    const before = driver;
    driver = to;
    if (before?.kind !== to?.kind || before?.createdBy !== to?.createdBy)
      void tell({ kind: "driver", driver: to, before, reason });
  };
  const letGo = (reason: string, atNs = clock.monotonicNs()): void => {
    stops += 1;
    inForce = null;
    isDue = false;
    history.add({ monotonicNs: atNs, commanded: null });
    pass(null, reason);
  };
  /** A drive may have let go by itself, and said so to nobody yet. */
  const current = (): Driver | null => {
    if (driver !== null && !drive.state().armed) {
      dropped = driver;
      letGo(drive.state().neutralReason ?? "the drive let go");
    }
    return driver;
  };
  const stop = async (reason: string): Promise<void> => {
    // First the car: whoever hears of it may write a log, and a log may wait.
    const stopping = drive.neutral(reason);
    letGo(reason);
    await stopping;
  };
  const book = (cause: Stop["cause"], reason: string, by: Driver | null): void => {
    counts[cause] = (counts[cause] ?? 0) + 1;
    newestStop = { cause, reason, driver: by, atUs: clock.now().wallUs };
    void tell({ kind: "failSafe", stop: newestStop });
  };
  /** A drive that fails once (a glitch on its bus) must not cost us the driver: the car is stopped and can be armed again. */
  const onBroken = async (cause: unknown): Promise<void> => {
    log.error({ cause }, "the drive failed; it is set to neutral");
    await stop("the drive failed").catch((failure: unknown) =>
      log.error({ cause: failure }, "the drive cannot be set to neutral"),
    );
  };
  /** Of several commands in a hurry only the newest goes out. */
  const write = async (): Promise<void> => {
    if (isWriting) return;
    isWriting = true;
    while (isDue && inForce !== null) {
      isDue = false;
      const { command, validMs } = inForce;
      await drive.apply(command, { validMs }).catch(onBroken);
    }
    isWriting = false;
  };
  const send = (): void => {
    isDue = true;
    void write();
  };
  const takeOver = async (wanted: Driver): Promise<boolean> => {
    if (driver !== null && driver.kind !== wanted.kind) await stop(`${wanted.kind} takes over`);
    const stopsBefore = stops;
    try {
      // A drive that stopped by itself wants to be told of rest first; that the hand rests is known to who arms.
      if (isStoppedByDrive) await drive.apply(neutralCommand);
      isStoppedByDrive = false;
      await drive.arm();
    } catch (cause) {
      // A stop that came meanwhile is no failure.
      if (stops === stopsBefore) await onBroken(cause);
      return false;
    }
    if (stops !== stopsBefore || forbidden !== null) {
      if (driver === null) await drive.neutral(forbidden ?? "stopped while arming");
      return false;
    }
    dropped = null;
    pass(wanted, "armed");
    return true;
  };
  const onFailSafe = ({ cause, reason, atNs }: FailSafe): void => {
    const by = driver ?? dropped;
    dropped = null;
    isStoppedByDrive = true;
    letGo(reason, atNs);
    book(cause, reason, by);
  };
  const leave = drive.onFailSafe?.(onFailSafe);

  const wheel: Wheel = {
    moves: drive.moves,
    driver: current,
    forbidden: () => forbidden,
    allow: async () => {
      forbidden = null;
      await tell({ kind: "allowed" });
    },
    forbid: async (reason) => {
      forbidden = reason;
      await stop(reason);
    },
    arm: async (wanted) => {
      if (forbidden !== null || (arming !== null && arming.kind !== wanted.kind)) return false;
      if (current()?.kind === wanted.kind) {
        pass(wanted, "armed");
        return true;
      }
      arming ??= {
        kind: wanted.kind,
        done: takeOver(wanted).finally(() => {
          arming = null;
        }),
      };
      return arming.done;
    },
    command: (kind, command, { atNs = clock.monotonicNs(), validMs = localValidMs } = {}) => {
      if (forbidden !== null) return false;
      const isTheirs = current()?.kind === kind;
      // Somebody else moves the car: what this hand does is told, not done.
      const isTold = !drive.moves && driver === null;
      if (!isTheirs && !isTold) return false;
      const by = driver ?? { kind, createdBy: null };
      history.add({ monotonicNs: atNs, commanded: { ...command, driver: by, monotonicNs: atNs } });
      if (!isTheirs) return true;
      inForce = { command, validMs, sinceNs: clock.monotonicNs() };
      send();
      return true;
    },
    refresh: (kind) => {
      if (current()?.kind !== kind || inForce === null) return;
      inForce.sinceNs = clock.monotonicNs();
      send();
    },
    stop,
    failSafe: async (cause, reason) => {
      const by = driver;
      const stopping = stop(reason);
      book(cause, reason, by);
      await stopping;
    },
    commandAt: (monotonicNs) => history.at(monotonicNs)?.commanded ?? null,
    stops: () => ({ newest: newestStop, counts: { ...counts } }),
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    follow: async (signal) => {
      while (!signal.aborted) {
        await clock.sleep(lookEveryMs, signal).catch((cause: unknown) => {
          if (!signal.aborted) throw cause;
        });
        if (signal.aborted || current() === null || driver!.kind === "stick" || inForce === null) continue;
        const silentMs = (clock.monotonicNs() - inForce.sinceNs) / 1e6;
        if (silentMs > inForce.validMs + silenceGraceMs)
          await wheel
            .failSafe("stale", `no command of ${driver!.kind} for ${Math.round(silentMs)} ms`)
            .catch(onBroken);
      }
    },
    close: () => leave?.(),
  };
  return wheel;
}
