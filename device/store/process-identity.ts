// Which process a name on a lock or a gate stands for, and whether that very one still lives.
import { readFileSync } from "node:fs";

/** A process, told from all others of this machine that had or will have its number. */
export type Identity = {
  readonly pid: number;
  /** Kernel start time of the process (clock ticks), so that a re-used pid is not mistaken for it; null where /proc is missing. */
  readonly startTicks: string | null;
  readonly bootId: string;
};

export function identifySelf(bootId: string): Identity {
  return { pid: process.pid, startTicks: startTicksOf(process.pid), bootId };
}

/** Whether that very process lives. One that ended, and waits for its parent to notice, holds nothing any more. */
export function isAlive(who: Identity, bootId: string): boolean {
  if (who.bootId !== bootId && who.startTicks !== null) return false;
  const ticks = startTicksOf(who.pid);
  if (ticks !== null) return ticks === who.startTicks;
  try {
    process.kill(who.pid, 0);
    // Ours, so /proc would show it: it is a zombie, or there is no /proc.
    return who.startTicks === null;
  } catch (cause) {
    // Another user's, whom /proc does not show (hidepid, ProtectProc=).
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** As short as the target of a link that takes no block of its own (59 bytes on ext4). */
export function textOf({ pid, startTicks, bootId }: Identity): string {
  return `${pid} ${startTicks ?? "-"} ${bootId}`;
}

/** The other way round; what is no such text names a process that there is not. */
export function identityOf(text: string): Identity {
  const [pid, ticks = "", bootId = ""] = text.split(" ");
  return { pid: Number(pid), startTicks: ticks === "-" ? null : ticks, bootId };
}

/** Field 22 of /proc/PID/stat (proc(5)); the command name before it may hold spaces and brackets. null: no such process, or a zombie. */
function startTicksOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state = "", ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return "ZX".includes(state) ? null : (fields[18] ?? null);
  } catch {
    return null;
  }
}
