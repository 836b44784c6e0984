// Repeatable chance: the same seed gives the same numbers on every machine. Each part of a simulation draws from its own stream.

/** Draws the next number, 0 ≤ n < 1. */
export type Random = () => number;

/** A generator (mulberry32) for the part `name` of a simulation, so that drawing more in one part leaves the others as they were. */
export function createRandom(seed: number, name: string): Random {
  let state = hashName(name, seed);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
}

/** A number between two bounds. */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random();
}

/** One of several. */
export function pick<T>(random: Random, choices: readonly [T, ...T[]]): T {
  return choices[Math.floor(random() * choices.length)] ?? choices[0];
}

/** FNV-1a over the name, started from the seed. */
function hashName(name: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash;
}
