// The driving guard: a process of its own with its own handle on the board. It writes neutral when no fresh command comes, when its pipe ends
// or brings nonsense, when it is asked to end, and when it fails itself. Small, so that nothing in it can be busy with something else.
import { writeFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { type Clock, createSystemClock } from "../clock.ts";
import type { Log, LogLine } from "../log.ts";
import { formatFrame, type GuardAnswer } from "./guard-frames.ts";
import { guardWord } from "./guard-program.ts";
import { createGuardService } from "./guard-service.ts";
import { openDrive } from "./open.ts";

// The process's whole work; the file does nothing when something else imports it.
if (process.argv.includes(guardWord)) serveGuard(createSystemClock());

/** Nobody else is left to write neutral: a board that does not take it is tried for so long, ms. */
const lastMs = 600_000;

/**
 * Whoever ends us by a signal ends the program that drives, too (a service that is stopped): it gets the time to do so and to close its drive,
 * for a guard that is gone before it is a fault. A second signal ends us at once.
 */
const lingerMs = 30_000;

/** Guards the board that whoever is at the other end of stdin and stdout asks for; ends with that pipe. */
export function serveGuard(clock: Clock): void {
  raisePriority();
  const send = (answer: GuardAnswer): void => void process.stdout.write(formatFrame(answer));
  const log = logTo(send);
  const service = createGuardService({
    send,
    openBoard: (url) => openDrive(url, { clock, log }),
    clock,
    onEnd: () => void end("the guard was asked to close", 0),
  });
  let ending = false;
  const end = async (reason: string, code: 0 | 1): Promise<void> => {
    if (ending) return;
    ending = true;
    process.exitCode = code;
    // A transfer that hangs for ever ends no other way.
    setTimeout(() => process.kill(process.pid, "SIGKILL"), lastMs).unref();
    try {
      await service.lose(reason);
      await service.settle();
      await service.close();
    } catch (cause) {
      log.error({ cause }, "the car may still move: neutral could not be written");
    } finally {
      process.stdin.destroy();
    }
  };
  process.on("uncaughtException", (cause) => {
    log.error({ cause }, "the guard failed");
    void end("the guard failed", 1);
  });
  let isAsked = false;
  const ask = (signal: string): void => {
    const reason = `the guard got ${signal}`;
    if (isAsked) return void end(reason, 0);
    isAsked = true;
    setTimeout(() => void end(reason, 0), lingerMs).unref();
    service.retire(reason).catch((cause: unknown) => log.error({ cause }, "the car may still move"));
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => ask(signal));
  const gone = (): void => void end("whoever drives has gone: its pipe ended", 0);
  process.stdin.on("data", service.receive).on("end", gone).on("error", gone);
  // Nobody hears us any more; that is no reason to end before neutral is written.
  process.stdout.on("error", gone);
}

/**
 * A guard that waits for its turn on a busy machine is a late one. Its session may be a scheduling group of its own (sched(7), autogroup), in
 * which its priority counts for nothing against others: then the group's has to be raised, too.
 */
function raisePriority(): void {
  // A service may permit less than the highest.
  const priorities = [constants.priority.PRIORITY_HIGHEST, -10, constants.priority.PRIORITY_ABOVE_NORMAL];
  for (const raise of [
    (priority: number) => setPriority(priority),
    (priority: number) => writeFileSync("/proc/self/autogroup", `${priority}`),
  ])
    priorities.some((priority) => {
      try {
        raise(priority);
        return true;
      } catch {
        // Not permitted (LimitNICE, root), or no Linux; it works all the same, only later on a busy machine.
        return false;
      }
    });
}

/** The log is the parent's; the causes of what failed go along as words. */
function logTo(send: (answer: GuardAnswer) => void): Log {
  const at =
    (level: (GuardAnswer & { say: "log" })["level"]): LogLine =>
    (fields, message) => {
      const { cause } = fields as { cause?: unknown };
      send({
        say: "log",
        level,
        message: cause instanceof Error ? `${message} (${cause.message})` : message,
      });
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
