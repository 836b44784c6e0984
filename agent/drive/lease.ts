// Which of those far away has the wheel: the first who asks, until it gives it back or falls silent.

export type Lease = {
  /** null: the wheel is free. */
  readonly holder: () => string | null;
  /** Takes or keeps it. false: somebody else has it. */
  readonly take: (who: string) => boolean;
  /** Gives it back; nothing when somebody else has it. */
  readonly release: (who: string) => void;
};

/** @param nowMs a monotonic clock. */
export function createLease({ leaseMs, nowMs }: { leaseMs: number; nowMs: () => number }): Lease {
  let held: { readonly who: string; readonly heardMs: number } | null = null;
  const holder = (): string | null => {
    if (held !== null && nowMs() - held.heardMs > leaseMs) held = null;
    return held?.who ?? null;
  };
  return {
    holder,
    take: (who) => {
      const now = holder();
      if (now !== null && now !== who) return false;
      held = { who, heardMs: nowMs() };
      return true;
    },
    release: (who) => {
      if (held?.who === who) held = null;
    },
  };
}
