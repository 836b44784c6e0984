// Parts a labelled collection into what calibrates, what is known and what is asked, so that nothing asked was seen before:
// identities are held out whole, a video stays in one part, and of one animal the later pictures are asked for.

/** A picture (or crop) of somebody. */
export type LabelledItem = {
  readonly identity: string;
  /** Video, sequence or burst it belongs to; null: it stands alone. */
  readonly group: string | null;
  /** Microseconds; null: not known. */
  readonly atUs: number | null;
};

export type IdentitySplit<T extends LabelledItem> = {
  /** All of the identities that calibrators and thresholds are fitted on; none of them is asked for. */
  readonly calibration: readonly T[];
  readonly gallery: readonly T[];
  readonly queries: readonly T[];
  /** Identities of the queries that the gallery does not have. */
  readonly unknown: readonly string[];
};

export type SplitOptions = {
  /** time: of each known identity the earlier half is the gallery; random: any half. Items without a time are parted at random. */
  readonly by: "time" | "random";
  /** 0 to 1, evenly spread. */
  readonly random: () => number;
  /** Shares of the identities. */
  readonly calibration?: number;
  readonly unknown?: number;
};

/** Parts the items. An identity with a single group can only be known (gallery) or unknown (query), never both. */
export function splitIdentities<T extends LabelledItem>(
  items: readonly T[],
  options: SplitOptions,
): IdentitySplit<T> {
  const { random, calibration = 0.3, unknown = 0.2 } = options;
  const identities = shuffled([...new Set(items.map(({ identity }) => identity))].sort(), random);
  const forCalibration = new Set(identities.slice(0, Math.floor(identities.length * calibration)));
  const rest = identities.slice(forCalibration.size);
  const held = rest.slice(0, Math.floor(rest.length * unknown));
  const isHeld = new Set(held);
  const gallery: T[] = [];
  const queries: T[] = [];
  for (const identity of rest) {
    const own = items.filter((item) => item.identity === identity);
    if (isHeld.has(identity)) queries.push(...own);
    else {
      const { earlier, later } = halve(own, options);
      gallery.push(...earlier);
      queries.push(...later);
    }
  }
  return {
    calibration: items.filter(({ identity }) => forCalibration.has(identity)),
    gallery,
    queries,
    unknown: held,
  };
}

/** Parts the items of one identity into two halves, by whole groups; a single group is all in the first. */
export function halve<T extends LabelledItem>(
  items: readonly T[],
  { by, random }: Pick<SplitOptions, "by" | "random">,
): { readonly earlier: readonly T[]; readonly later: readonly T[] } {
  const groups = new Map<string, T[]>();
  for (const [index, item] of items.entries()) {
    const name = item.group === null ? `alone ${index}` : `group ${item.group}`;
    groups.set(name, [...(groups.get(name) ?? []), item]);
  }
  const startOf = (group: readonly T[]): number | null => {
    const times = group.flatMap(({ atUs }) => atUs ?? []);
    return times.length === 0 ? null : Math.min(...times);
  };
  const mixed = shuffled([...groups.values()], random);
  const ordered =
    by === "time" && mixed.every((group) => startOf(group) !== null)
      ? mixed.sort((a, b) => startOf(a)! - startOf(b)!)
      : mixed;
  const earlier: T[] = [];
  const later: T[] = [];
  for (const [index, group] of ordered.entries()) {
    const isEarly =
      index === 0 || (index < ordered.length - 1 && earlier.length + group.length / 2 <= items.length / 2);
    (isEarly && later.length === 0 ? earlier : later).push(...group);
  }
  return { earlier, later };
}

/** A shuffled copy (Fisher–Yates). */
function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const copy = [...values];
  for (let at = copy.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [copy[at], copy[other]] = [copy[other]!, copy[at]!];
  }
  return copy;
}
