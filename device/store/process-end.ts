// What becomes of an open environment when its process ends without closing it: an error that nobody caught, a second Ctrl-C.
// lmdb-js 3.5 would close it beneath its own thread, which may be committing (SIGSEGV); and Node.js waits for that thread, which
// waits for JavaScript that runs no more (a process that never ends). What is acknowledged is on disk; the rest may be cut off anywhere.
import { writeSync } from "node:fs";
import { inspect } from "node:util";

/** Runs `open` and takes away again what it wants to have done at the end of the process. */
export function withoutExitListeners<T>(open: () => T): T {
  const before = process.listeners("exit");
  try {
    return open();
  } finally {
    for (const added of process.listeners("exit"))
      if (!before.includes(added)) process.removeListener("exit", added);
  }
}

/**
 * Looks after an open environment until the returned function is called.
 * @param isCommitting whether a transaction is under way: the process is then ended by a signal, SIGINT for exit code 130 (which a
 * shell tells as 130), SIGKILL for others.
 * @param onEnd told of an end with nothing under way, which goes on as usual.
 */
export function watchProcessEnd(isCommitting: () => boolean, onEnd: () => void): () => void {
  let uncaught: unknown = null;
  // Node.js tells of it only after the listeners of `exit`.
  const onUncaught = (cause: unknown): void => {
    uncaught = cause;
  };
  const onExit = (code: number): void => {
    if (!isCommitting()) {
      onEnd();
      return;
    }
    if (uncaught !== null) writeSync(process.stderr.fd, `${inspect(uncaught)}\n`);
    if (code === 130) {
      process.removeAllListeners("SIGINT");
      process.kill(process.pid, "SIGINT");
    }
    process.kill(process.pid, "SIGKILL");
  };
  process.on("uncaughtExceptionMonitor", onUncaught);
  process.on("exit", onExit);
  return () => {
    process.removeListener("uncaughtExceptionMonitor", onUncaught);
    process.removeListener("exit", onExit);
  };
}
