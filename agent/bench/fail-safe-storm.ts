// A gamepad that reports ten thousand movements a second: what that costs the program that drives, and whether the car still hears its hand.
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../device/clock.ts";
import { type FailSafeCar, isNeutral } from "./fail-safe-car.ts";

export type Storm = {
  readonly seconds: number;
  readonly eventsPerS: number;
  /** Of one core, by the program that drives. */
  readonly cpuPercent: number;
  /** The longest time in which the board got no command, ms. */
  readonly longestGapMs: number;
  /** How often the car stopped by itself. */
  readonly stops: number;
};

const seconds = 5;
const eventsPerS = 10_000;
const mostCpuPercent = 20;
const burstMs = 10;

export async function measureStorm(car: FailSafeCar, clock: Clock): Promise<Storm> {
  await car.drive("stick");
  const usedBefore = await usageUs(car);
  const startNs = clock.monotonicNs();
  let sent = 0;
  for (let ms = 0; ms < seconds * 1000; ms = (clock.monotonicNs() - startNs) / 1e6) {
    const due = Math.floor((ms / 1000) * eventsPerS);
    car.pad.storm(due - sent);
    sent = due;
    await delay(burstMs);
  }
  const elapsedUs = (clock.monotonicNs() - startNs) / 1000;
  const usedUs = (await usageUs(car)) - usedBefore;
  const during = car.pulses().filter(({ ns }) => ns >= startNs);
  const gaps = during.slice(1).map(({ ns }, index) => (ns - during[index]!.ns) / 1e6);
  return {
    seconds,
    eventsPerS,
    cpuPercent: (100 * usedUs) / elapsedUs,
    longestGapMs: Math.max(0, ...gaps),
    stops: during.filter((pulse, index) => index > 0 && isNeutral(pulse) && !isNeutral(during[index - 1]!))
      .length,
  };
}

/** One line for a person. */
export function describeStorm({ eventsPerS, seconds, cpuPercent, longestGapMs, stops }: Storm): string {
  return `storm of ${eventsPerS} events/s for ${seconds} s: ${cpuPercent.toFixed(1)} % of a core, longest time without a command ${longestGapMs.toFixed(0)} ms, ${stops} stops`;
}

export function problemsOfStorm({ cpuPercent, stops }: Storm): readonly string[] {
  return [
    ...(stops > 0 ? [`a storm of events stopped the car ${stops} times`] : []),
    ...(cpuPercent > mostCpuPercent
      ? [`a storm of events took ${cpuPercent.toFixed(1)} % of a core, expected at most ${mostCpuPercent} %`]
      : []),
  ];
}

async function usageUs(car: FailSafeCar): Promise<number> {
  const said = car.says("usage");
  car.order("usage");
  return Number((await said).split(" ")[1]);
}
