// The log: pino, one JSON line each, or readable lines on a terminal. Secrets are masked, should one ever come this way.
import { Writable } from "node:stream";
import { pino } from "pino";
import pretty from "pino-pretty";
import { hideSecrets } from "../device/camera/hide-secrets.ts";
import type { Log } from "../device/log.ts";
import type { Config } from "./config.ts";

export type LogLevel = Config["log"]["level"];

export type LogOptions = {
  readonly level: LogLevel;
  /** auto (the default): readable on a terminal, JSON otherwise. */
  readonly format?: Config["log"]["format"];
  readonly stream: { readonly isTTY?: boolean; write: (text: string) => unknown };
  /** Takes secrets out of every text of a line. Default: accounts in addresses, and `password=…` and its like. */
  readonly hide?: (text: string) => string;
};

/** A log whose level can be changed while it runs. */
export type AgentLog = Log & {
  readonly level: () => LogLevel;
  readonly setLevel: (level: LogLevel) => void;
};

/** Fields that never reach the log, whatever is in them. */
const secretField =
  /^(password|passwd|pwd|passphrase|secret|secretaccesskey|accesskeyid|sessiontoken|token|api_?key|authorization|credentials|cookie)$/i;
const hidden = "[hidden]";

/** Opens the log on a stream, normally stderr: stdout belongs to results. */
export function createLog({ level, format = "auto", stream, hide = hideSecrets }: LogOptions): AgentLog {
  const sink = { write: (text: string) => void stream.write(text) };
  const isPretty = format === "pretty" || (format === "auto" && stream.isTTY === true);
  const destination = isPretty
    ? pretty({
        colorize: stream.isTTY === true,
        ignore: "pid,hostname",
        translateTime: "SYS:HH:MM:ss.l",
        destination: writable(sink),
      })
    : sink;
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { cause: pino.stdSerializers.errWithCause, error: pino.stdSerializers.errWithCause },
      // The finished line: whatever was logged, in fields, messages and stacks, has become text by now.
      hooks: { streamWrite: (line) => maskLine(line, hide) },
    },
    destination,
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    level: () => logger.level as LogLevel,
    setLevel: (next) => {
      logger.level = next;
    },
  };
}

function maskLine(line: string, hide: (text: string) => string): string {
  const masked: unknown = JSON.parse(line, (name, value: unknown) => {
    if (secretField.test(name) && value !== null) return hidden;
    return typeof value === "string" ? hide(value) : value;
  });
  return `${JSON.stringify(masked)}\n`;
}

/** pino-pretty wants a Node stream. */
function writable(sink: { write: (text: string) => void }): Writable {
  return new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => {
      sink.write(chunk.toString());
      done();
    },
  });
}
