// A cap on bytes a second over all targets together. What begins is charged at once and may go into debt; until the debt is paid
// nothing else begins, and large bodies go out in pieces. An alert never waits, but it is charged.
import type { Clock } from "../device/clock.ts";

/** Gives bytes on in pieces, as slowly as a cap wants; null: there is no cap, they may go as they are. The pieces throw the signal's reason. */
export type Pace = (bytes: Uint8Array, signal: AbortSignal) => AsyncIterable<Uint8Array> | null;

export type Bandwidth = {
  /** Bytes a second from now on; null: no cap. */
  readonly setCap: (bytesPerSecond: number | null) => void;
  readonly isCapped: () => boolean;
  /** Milliseconds until `who`, which wants to, may begin something; 0: now. Who began longest ago goes first. */
  readonly waitMs: (who: string) => number;
  /** `who` begins something of so many bytes. */
  readonly charge: (who: string, bytes: number) => void;
  /** Bytes that may be begun together, so that one batch does not keep the link for long. */
  readonly batchBytes: () => number;
  readonly pace: Pace;
};

/** How long one batch may keep the link, seconds. */
const batchSeconds = 2;
/** Head start of who began longer ago, ms: enough for its timer to come first. */
const headStartMs = 15;
/** Who did not ask for so long wants nothing now, ns. */
const askedNs = 3e9;
/** Pieces of a body: small enough to be even, large enough to be cheap. */
const maxPieceBytes = 16_384;
const minPieceBytes = 512;

/** Credit that is kept while nobody wants the link, seconds: the head start must cost nothing. */
const keptSeconds = 0.1;

export function createBandwidth(clock: Clock, bytesPerSecond: number | null): Bandwidth {
  let perSecond = bytesPerSecond;
  const began = new Map<string, number>();
  const asked = new Map<string, number>();
  let debtBytes = 0;
  let paidNs = clock.monotonicNs();
  /** When the bytes handed on so far are out, ns. */
  let pacedNs = 0;

  /** The debt now; it is paid off as time goes by. */
  const debt = (cap: number, nowNs: number): number => {
    debtBytes = Math.max(debtBytes - ((nowNs - paidNs) / 1e9) * cap, -keptSeconds * cap);
    paidNs = nowNs;
    return debtBytes;
  };
  const rankOf = (who: string, nowNs: number): number => {
    const mine = began.get(who) ?? 0;
    let rank = 0;
    for (const [other, atNs] of asked)
      if (other !== who && nowNs - atNs < askedNs && (began.get(other) ?? 0) < mine) rank += 1;
    return rank;
  };

  async function* pieces(bytes: Uint8Array, signal: AbortSignal): AsyncIterable<Uint8Array> {
    for (let at = 0; at < bytes.byteLength; ) {
      // The cap may have been lifted meanwhile.
      if (perSecond === null) return yield bytes.subarray(at);
      const size = Math.min(maxPieceBytes, Math.max(minPieceBytes, Math.floor(perSecond / 8)));
      const nowNs = clock.monotonicNs();
      const turnNs = Math.max(nowNs, pacedNs);
      pacedNs = turnNs + (Math.min(size, bytes.byteLength - at) / perSecond) * 1e9;
      if (turnNs > nowNs) await clock.sleep((turnNs - nowNs) / 1e6, signal);
      signal.throwIfAborted();
      yield bytes.subarray(at, at + size);
      at += size;
    }
  }

  return {
    setCap: (cap) => {
      const nowNs = clock.monotonicNs();
      if (perSecond !== null) debt(perSecond, nowNs);
      paidNs = nowNs;
      perSecond = cap;
    },
    isCapped: () => perSecond !== null,
    waitMs: (who) => {
      if (perSecond === null) return 0;
      const nowNs = clock.monotonicNs();
      asked.set(who, nowNs);
      const paidInMs = (debt(perSecond, nowNs) / perSecond) * 1000;
      return Math.max(0, paidInMs + rankOf(who, nowNs) * headStartMs);
    },
    charge: (who, bytes) => {
      const nowNs = clock.monotonicNs();
      began.set(who, nowNs);
      if (perSecond !== null) debtBytes = debt(perSecond, nowNs) + bytes;
    },
    batchBytes: () => (perSecond === null ? Number.POSITIVE_INFINITY : perSecond * batchSeconds),
    pace: (bytes, signal) => (perSecond === null ? null : pieces(bytes, signal)),
  };
}
