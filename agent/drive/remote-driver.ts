// Somebody far away drives: takes what comes on `control/drive` and moves the car only as long as fresh commands come from the one who
// holds the wheel. Nothing is answered (what comes is QoS 0, 30 times a second); what is not obeyed is counted by reason.
import type { Clock } from "../../device/clock.ts";
import { neutralCommand } from "../../device/drive/drive.ts";
import type { Log } from "../../device/log.ts";
import type { ControlDrive } from "../remote/drive-messages.ts";
import { readControlDrive } from "./control-message.ts";
import { createLateness, type Lateness } from "./lateness.ts";
import { createLease } from "./lease.ts";
import type { Stick } from "./stick.ts";
import type { Wheel } from "./wheel.ts";

/** A message as it came. */
export type ControlMessage = {
  readonly payload: Uint8Array;
  readonly retained: boolean;
  readonly receivedNs: number;
  /** When it must not be acted upon any more; null: never. */
  readonly expiresAtNs: number | null;
};

/** Why a message was not obeyed. */
export type Disobeyed =
  | "retained"
  | "malformed"
  | "not_yours"
  | "old"
  | "stale"
  | "not_allowed"
  | "not_armed";

export type RemoteDriverOptions = {
  readonly wheel: Wheel;
  readonly stick: Stick;
  readonly clock: Clock;
  readonly log: Log;
  /** Why it may not be driven from afar, as configured; null: it may. */
  readonly refusal: string | null;
  /** 0..1 */
  readonly throttleLimit: number;
  readonly validMs: number;
  readonly leaseMs: number;
};

export type RemoteDriver = {
  /** Obeys or counts; never throws. */
  readonly take: (message: ControlMessage) => void;
  /** The link is gone: nobody is heard any more, and the car need not wait until silence proves it. */
  readonly lost: () => void;
  /** Gives the wheel back for whoever holds it, and stops the car when that is who drives. */
  readonly release: (reason: string) => Promise<void>;
  /** Who holds the wheel; null: nobody far away. */
  readonly holder: () => string | null;
  /** Why it may not be driven from afar now; null: it may. */
  readonly refusal: () => string | null;
  readonly ignored: () => Readonly<Record<string, number>>;
};

/** Somebody at the stick is not disturbed before it was at rest for so long, ms. */
const stickRestsMs = 2_000;
/** Drivers whose last words are remembered, so that what a link held back is known when it comes. */
const mostDrivers = 16;

type Known = { seq: number; readonly lateness: Lateness };

export function createRemoteDriver(options: RemoteDriverOptions): RemoteDriver {
  const { wheel, stick, clock, log } = options;
  const lease = createLease({ leaseMs: options.leaseMs, nowMs: () => clock.monotonicNs() / 1e6 });
  const known = new Map<string, Known>();
  const counts: Partial<Record<Disobeyed, number>> = {};
  /** What the quickest message seemed to take when the car was armed. */
  let armedAtMs = 0;
  let isArming = false;

  const safely = (work: Promise<unknown>): void => {
    work.catch((cause: unknown) => log.error({ cause }, "the car could not be stopped"));
  };
  const drives = (): boolean => wheel.driver()?.kind === "remote";
  const isDriving = (driver: string): boolean => drives() && wheel.driver()?.createdBy === nameOf(driver);
  const refusal = (): string | null => {
    if (options.refusal !== null) return options.refusal;
    if (wheel.forbidden() !== null) return wheel.forbidden();
    return !drives() && stick.idleMs() < stickRestsMs ? `somebody drives at the car (${stick.name})` : null;
  };
  const knownOf = (driver: string): Known => {
    const each = known.get(driver) ?? { seq: -1, lateness: createLateness() };
    known.delete(driver);
    known.set(driver, each);
    const [oldest] = known.keys();
    if (known.size > mostDrivers) known.delete(oldest!);
    return each;
  };
  const letGo = (reason: string): void => {
    if (drives()) safely(wheel.stop(reason));
  };
  const arm = async ({ driver, validMs }: ControlDrive, { lateness }: Known): Promise<void> => {
    isArming = true;
    try {
      armedAtMs = lateness.quickestMs();
      const isArmed = await wheel.arm({ kind: "remote", createdBy: nameOf(driver) });
      if (!isArmed) return;
      // Arming takes its time: only who is still there may go on.
      if (lease.holder() !== driver) await wheel.stop("the driver far away let go while the car was arming");
      // A stick that is held still says nothing more, so it is looked at here.
      else if (stick.idleMs() === 0) await wheel.stop("somebody took the stick while the car was arming");
      else wheel.command("remote", neutralCommand, { validMs: Math.min(validMs, options.validMs) });
    } finally {
      isArming = false;
    }
  };
  const drive = (message: ControlDrive, from: Known, receivedNs: number): Disobeyed | null => {
    const validMs = Math.min(message.validMs, options.validMs);
    // The quickest message came after the car was armed: what armed it had been on its way for long.
    if (armedAtMs - from.lateness.quickestMs() > validMs) {
      letGo("the command that armed the car was an old one");
      return "stale";
    }
    const { throttleLimit } = options;
    const throttle = Math.min(throttleLimit, Math.max(-throttleLimit, message.throttle));
    wheel.command("remote", { steering: message.steer, throttle }, { atNs: receivedNs, validMs });
    return null;
  };

  const obey = (message: ControlDrive, receivedNs: number, isExpired: boolean): Disobeyed | null => {
    const { driver } = message;
    const holder = lease.holder();
    if (holder !== null && holder !== driver) return "not_yours";
    const from = knownOf(driver);
    if (message.seq <= from.seq) return "old";
    from.seq = message.seq;
    const lateMs = from.lateness.of(message.sentMs, receivedNs / 1e6);
    const isStale = isExpired || lateMs > Math.min(message.validMs, options.validMs);
    if (holder === driver && !isStale) lease.take(driver);
    // To stop is right however late.
    if (!message.hold || message.release) {
      if (holder !== driver) return null;
      letGo(message.release ? "the driver far away gave the wheel back" : "the driver far away let go");
      if (message.release) lease.release(driver);
      return null;
    }
    if (isStale) return "stale";
    if (refusal() !== null) return "not_allowed";
    if (isDriving(driver)) return drive(message, from, receivedNs);
    if (!message.arm || message.throttle !== 0 || isArming) return "not_armed";
    lease.take(driver);
    safely(arm(message, from));
    return null;
  };
  const judge = ({ payload, retained, receivedNs, expiresAtNs }: ControlMessage): Disobeyed | null => {
    if (retained) return "retained";
    const message = readControlDrive(payload);
    if (message === null) return "malformed";
    return obey(message, receivedNs, expiresAtNs !== null && clock.monotonicNs() >= expiresAtNs);
  };

  return {
    take: (message) => {
      const reason = judge(message);
      if (reason !== null) counts[reason] = (counts[reason] ?? 0) + 1;
    },
    lost: () => {
      if (drives()) safely(wheel.failSafe("link", "the link to the driver far away is gone"));
    },
    release: async (reason) => {
      const holder = lease.holder();
      if (holder !== null) lease.release(holder);
      if (drives()) await wheel.stop(reason);
    },
    holder: lease.holder,
    refusal,
    ignored: () => ({ ...counts }),
  };
}

/** Whom labels name. */
function nameOf(driver: string): string {
  return `remote:${driver}`;
}
