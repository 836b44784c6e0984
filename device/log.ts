// What a room may say while it works. The agent passes a pino logger in; a test passes `silentLog`.

/** One line of the log: the fields first, then the sentence, as pino takes them. */
export type LogLine = (fields: object, message: string) => void;

/** A logger with four levels. Never give it a secret. */
export type Log = {
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
};

const silence: LogLine = () => undefined;

/** A log that says nothing. */
export const silentLog: Log = { debug: silence, info: silence, warn: silence, error: silence };
