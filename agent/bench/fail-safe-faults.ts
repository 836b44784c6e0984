// What bench fail-safe does to a program that drives, and how soon its car has to stand.
import { between } from "../../device/camera/sim/seeded-random.ts";
import type { Clock } from "../../device/clock.ts";
import type { FailSafeCar } from "./fail-safe-car.ts";

export type FailSafeFault = {
  readonly name: string;
  readonly boundMs: number;
  readonly driver: "stick" | "remote";
  /** What the time is counted from: the fault, or the newest command that the board got before it. */
  readonly from: "fault" | "command";
  /** Whether the program is gone afterwards. */
  readonly ends: boolean;
  /** Does it; returns the monotonic ns at which it was done. */
  readonly inflict: (car: FailSafeCar, tools: FaultTools) => number;
  /** Ends it, where it does not end by itself; the car must stand still all the same. */
  readonly relent?: (car: FailSafeCar) => void;
};

export type FaultTools = { readonly clock: Clock; readonly random: () => number };

const localMs = 200;
const remoteMs = 500;
/** Ours alone: a guard that hangs has to be found out first. */
const hungGuardMs = 600;

const base = { boundMs: localMs, driver: "stick", from: "fault", ends: false } as const;

/** Sends a signal, and says when. */
const signal =
  (name: NodeJS.Signals, pidOf: (car: FailSafeCar) => number): FailSafeFault["inflict"] =>
  (car, { clock }) => {
    const pid = pidOf(car);
    const atNs = clock.monotonicNs();
    process.kill(pid, name);
    return atNs;
  };
const program = (car: FailSafeCar): number => car.pid;
const guard = (car: FailSafeCar): number => car.writer();

/** In the order of the table. */
export const failSafeFaults: readonly FailSafeFault[] = [
  {
    ...base,
    name: "gamepad unplugged",
    inflict: (car, { clock }) => {
      const atNs = clock.monotonicNs();
      car.pad.unplug();
      return atNs;
    },
  },
  {
    ...base,
    name: "event loop stalled",
    from: "command",
    inflict: (car, { clock, random }) => {
      car.order(`stall ${Math.round(between(random, 200, 2000))}`);
      return clock.monotonicNs();
    },
  },
  { ...base, name: "program killed", ends: true, inflict: signal("SIGKILL", program) },
  {
    ...base,
    name: "program stopped",
    inflict: signal("SIGSTOP", program),
    relent: (car) => process.kill(car.pid, "SIGCONT"),
  },
  { ...base, name: "program terminated", ends: true, inflict: signal("SIGTERM", program) },
  {
    ...base,
    name: "pipe closed",
    inflict: (car, { clock }) => {
      const atNs = clock.monotonicNs();
      car.order("cut");
      return atNs;
    },
  },
  {
    ...base,
    name: "remote silent",
    boundMs: remoteMs,
    driver: "remote",
    inflict: (car) => car.fallSilent(),
  },
  { ...base, name: "guard killed", inflict: signal("SIGKILL", guard) },
  { ...base, name: "guard hung", boundMs: hungGuardMs, inflict: signal("SIGSTOP", guard) },
];
