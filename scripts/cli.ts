// What every verb shares: streams, the stop signal, exit codes. The only place that ends the process.
import { setMaxListeners } from "node:events";
import { type Command, CommanderError } from "commander";
import { withCredentialFiles } from "../agent/credential-files.ts";

/** 0 done, 1 failed, 2 wrong usage, 3 partly done, 130 stopped. */
export type ExitCode = 0 | 1 | 2 | 3 | 130;

/** What a verb gets from the outside world; a test passes its own. */
export type VerbContext = {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts on the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** What Ctrl-C does, for a verb that reads single keys, which then come instead of the signal. */
  readonly interrupt: () => void;
  /** What the verb's end means; the last call counts. */
  readonly exit: (code: ExitCode) => void;
};

/** A mistake in how the command was used: printed with a "Try:" line, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** A command that would work. */
  readonly hint: string | null;
  constructor(message: string, hint: string | null = null) {
    super(message);
    this.hint = hint;
  }
}

/** Prints a result: one JSON line for machines, or the text for people. */
export function printResult(context: VerbContext, json: boolean, result: unknown, text: string): void {
  context.stdout.write(
    json ? `${JSON.stringify(result)}\n` : text.endsWith("\n") || text === "" ? text : `${text}\n`,
  );
}

/**
 * Runs the command tree and ends the process with the verb's exit code. The first Ctrl-C stops cleanly, the second at once.
 * @param build makes the command tree for a context.
 */
export async function runCli(
  build: (context: VerbContext, argv: readonly string[]) => Promise<Command>,
): Promise<never> {
  // The S3 client warns of Node versions it will leave in a year: that is for us to follow, not for the person at the car.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
  const stop = new AbortController();
  // A verb has ten requests and more in flight, and each listens to it.
  setMaxListeners(0, stop.signal);
  let code: ExitCode = 0;
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort(new DOMException("stopped by the user", "AbortError"));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  const context: VerbContext = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: withCredentialFiles(process.env),
    signal: stop.signal,
    interrupt: onSignal,
    exit: (wanted) => {
      code = wanted;
    },
  };
  // `outrider search … | head` closes our stdout: that is the reader's right, not a failure. What is under way ends in order: a store
  // in the middle of a commit, a car that has to stand.
  let isUnread = false;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") return;
    isUnread = true;
    stop.abort(new DOMException("nobody reads the output", "AbortError"));
  });
  try {
    const program = await build(context, process.argv);
    await program.parseAsync(process.argv);
  } catch (thrown) {
    if (!isUnread) code = report(thrown, context);
  }
  if (isUnread && code === 130) code = 0;
  await flush(process.stdout);
  process.exit(code);
}

/** Errors that are a mistake in what was asked: a configuration, a model, the address of a bucket, an index or a device. */
const usageErrors = new Set(["ConfigError", "AddressError", "DeviceUrlError", "ModelIdError"]);

function report(thrown: unknown, context: VerbContext): ExitCode {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
  if (context.signal.aborted) {
    context.stderr.write("stopped\n");
    return 130;
  }
  if (thrown instanceof UsageError) {
    context.stderr.write(
      `outrider: ${thrown.message}\n${thrown.hint === null ? "" : `Try: ${thrown.hint}\n`}`,
    );
    return 2;
  }
  context.stderr.write(`outrider: ${messageOf(thrown)}\n`);
  if (thrown instanceof Error && usageErrors.has(thrown.name)) {
    context.stderr.write("Try: outrider doctor, or the --help of this command\n");
    return 2;
  }
  if (context.env.OUTRIDER_DEBUG && thrown instanceof Error) context.stderr.write(`${thrown.stack}\n`);
  return 1;
}

/** The message with those of its causes, each once. */
export function messageOf(thrown: unknown): string {
  const parts: string[] = [];
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    if (!parts.some((part) => part.includes(error instanceof Error ? error.message : "")))
      parts.push(error.message);
  }
  return parts.length > 0 ? parts.join(": ") : String(thrown);
}

function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0) resolve();
    else stream.write("", () => resolve());
  });
}
