// How slow the machine is just now: what a flush takes on its disk, and how late a timer comes, measured again and again beside the agent.
import { open } from "node:fs/promises";

/** Life: probeMachine → slowestMs… → close. */
export type MachineProbe = {
  /** The slowest flush of the last seconds, the one under way included. */
  readonly slowestMs: () => number;
  /** The latest that a timer came in the last seconds. */
  readonly latestMs: () => number;
  readonly close: () => void;
};

const everyMs = 250;
const memoryMs = 4_000;

/** Starts writing a page into `path` and flushing it. */
export function probeMachine(path: string): MachineProbe {
  const flushes: { readonly atMs: number; readonly tookMs: number; readonly lateMs: number }[] = [];
  let beganMs: number | null = null;
  let dueMs = performance.now();
  let isOpen = true;
  const probe = async (): Promise<void> => {
    const file = await open(path, "w");
    try {
      while (isOpen) {
        beganMs = performance.now();
        const lateMs = beganMs - dueMs;
        await file.write(Buffer.alloc(4096), 0, 4096, 0);
        await file.datasync();
        const atMs = performance.now();
        flushes.push({ atMs, tookMs: atMs - beganMs, lateMs });
        beganMs = null;
        while (flushes[0] !== undefined && flushes[0].atMs < atMs - memoryMs) flushes.shift();
        dueMs = performance.now() + everyMs;
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
    } finally {
      await file.close();
    }
  };
  // A disk that fails is seen by the agent, which the bench is about.
  void probe().catch(() => undefined);
  return {
    slowestMs: () =>
      Math.max(beganMs === null ? 0 : performance.now() - beganMs, 0, ...flushes.map(({ tookMs }) => tookMs)),
    latestMs: () =>
      Math.max(beganMs === null ? performance.now() - dueMs : 0, 0, ...flushes.map(({ lateMs }) => lateMs)),
    close: () => {
      isOpen = false;
    },
  };
}
