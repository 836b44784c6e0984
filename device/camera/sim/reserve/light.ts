// The light in a reserve at a time: sun and sky by day, which wander slowly, or the infrared lamp by night.

export type Night = "never" | "always" | "cycle";

/** Gains of 256 leave a colour as it is. Each: red, green, blue. */
export type Light = {
  readonly isNight: boolean;
  /** From the sky, everywhere. */
  readonly sky: readonly [number, number, number];
  /** From the sun, times each pixel's share of it. */
  readonly sun: readonly [number, number, number];
};

/** A simulated day: long enough that a scene changes little during a visit, short enough to be seen. Seconds. */
const dayS = 1500;
/** With night=cycle: so long day, then so long night. */
const cycleDayS = 420;
const cycleNightS = 240;

/** The light at a time. */
export function lightAt(timeS: number, seed: number, night: Night): Light {
  const isNight = night === "always" || (night === "cycle" && timeS % (cycleDayS + cycleNightS) >= cycleDayS);
  // 0 low sun in the morning or evening, 1 noon; each seed begins at another hour.
  const high = 0.5 + 0.5 * Math.sin((2 * Math.PI * timeS) / dayS + ((seed * 2.399) % (2 * Math.PI)));
  const cloud =
    0.5 +
    0.26 * Math.sin(timeS / 23 + seed) +
    0.2 * Math.sin(timeS / 9.1 + 2 * seed) +
    0.16 * Math.sin(timeS / 67);
  const sun = Math.max(0, Math.min(1, 1.25 - cloud)) * (0.55 + 0.45 * high);
  const warm = 1 - high;
  const level = 0.6 + 0.14 * high;
  return {
    isNight,
    sky: [256 * level * (1 + 0.02 * warm), 256 * level, 256 * level * (1.06 - 0.1 * warm)],
    sun: [220 * sun * (1 + 0.1 * warm), 205 * sun * (1 - 0.08 * warm), 165 * sun * (1 - 0.35 * warm)],
  };
}
