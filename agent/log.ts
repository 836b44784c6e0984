// The log: pino, one JSON line each, or readable lines on a terminal. Secrets are masked, should one ever come this way.
import { Writable } from "node:stream";
import { pino } from "pino";
import pretty from "pino-pretty";
import type { Log } from "../device/log.ts";
import type { Config } from "./config.ts";

export type LogOptions = {
  readonly level: Config["log"]["level"];
  readonly stream: { readonly isTTY?: boolean; write: (text: string) => unknown };
};

/** Names of fields that never reach the log. */
const secretFields = [
  "password",
  "secretAccessKey",
  "accessKeyId",
  "sessionToken",
  "apiKey",
  "authorization",
  "credentials",
];

/** Opens the log on a stream, normally stderr: stdout belongs to results. */
export function createLog({ level, stream }: LogOptions): Log {
  const sink = { write: (text: string) => void stream.write(text) };
  const destination = stream.isTTY
    ? pretty({
        colorize: true,
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
      redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`]), censor: "[hidden]" },
      serializers: { cause: pino.stdSerializers.errWithCause },
    },
    destination,
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
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
