// Takes requests from MQTT, has them carried out and answers: `request/<command>` → `response/<command>`.
// Nothing retained or expired ever acts, the same transaction acts once, and whatever comes in is answered, not crashed on.
import { createHash } from "node:crypto";
import type { z } from "zod";
import type { Clock, Moment } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import type { LinkMessage } from "../../sync/clients/mqtt-link.ts";
import type { MqttPublication } from "../../sync/clients/mqtt-message.ts";
import { describeIssue } from "../describe-issue.ts";
import { type Command, isRepeatable, isUrgent } from "./command.ts";
import { RemoteRefusal } from "./hands.ts";
import { parseRequest, type RequestBody, type Transaction } from "./request.ts";
import type { SeenRequest, SeenRequests } from "./seen.ts";
import { createSharedBucket, type Rate } from "./token-bucket.ts";
import type { RemoteTopics } from "./topics.ts";

/** What is answered, before the transaction is added. */
export type Answer =
  | { readonly status: "ok"; readonly data?: unknown }
  | { readonly status: "error"; readonly error: { readonly code: string; readonly message: string } };

/** Requests since the start that were neither carried out nor answered, by reason. */
export type IgnoredRequests = Readonly<Record<"retained" | "expired" | "too_many", number>>;

/** What became of the requests since the start. */
export type RequestFigures = {
  readonly done: number;
  readonly ignored: IgnoredRequests;
  /** Answered with an error, by its code. */
  readonly refused: Readonly<Record<string, number>>;
};

export type RequestsOptions = {
  readonly topics: RemoteTopics;
  readonly commands: readonly Command[];
  /** Names of commands that there are, but that this device does not take from afar. */
  readonly forbidden?: readonly string[];
  /** Largest request, bytes. Default 64 KiB. */
  readonly maxRequestBytes?: number;
  /** Requests taken at once, and then each second. Default 100 and 20. */
  readonly rate?: Rate;
  readonly seen: SeenRequests;
  /** How long a transaction stays known, ms. Default 10 minutes: long enough for retries, short enough for counters that begin again at 1. */
  readonly rememberMs?: number;
  /** Time for one command, ms. Default 30 000. */
  readonly timeoutMs?: number;
  /** Commands at a time. Default 8. */
  readonly maxRunning?: number;
  readonly answer: (publication: MqttPublication, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
};

/** The dispatcher. Life: create → take… → close. */
export type Requests = {
  /** Takes one message; never throws, resolves when it is answered or ignored. */
  readonly take: (message: LinkMessage) => Promise<void>;
  readonly figures: () => RequestFigures;
  /** Stops what runs and waits for it; may be called twice. */
  readonly close: () => Promise<void>;
};

const usualRate: Rate = { burst: 100, perSecond: 20 };
/** Answers larger than this are not kept for a repeat. */
const maxRememberedBytes = 1024;
const answerExpirySeconds = 60;
/** A request with ten thousand mistakes is not told all of them. */
const maxProblemCharacters = 4000;
/** How long the end waits for the last answers to go out, ms. */
const lastAnswerMs = 2_000;

export function createRequests(options: RequestsOptions): Requests {
  const { topics, seen, clock, log, timeoutMs = 30_000, maxRunning = 8, rememberMs = 600_000 } = options;
  const commands = new Map(options.commands.map((command) => [command.name, command]));
  const stop = new AbortController();
  const mute = new AbortController(); // answers may go out a little longer than commands may run
  const running = new Map<string, Promise<Answer>>();
  const taken = new Set<Promise<void>>();
  const ignored = { retained: 0, expired: 0, too_many: 0 };
  const refused: Record<string, number> = {};
  let done = 0;
  const mayTake = createSharedBucket([...commands.keys()], options.rate ?? usualRate, clock);
  const isKnown = (name: string): boolean => commands.has(name) || options.forbidden?.includes(name) === true;
  let runs = 0;

  /** Why a message must not act; null: it may. A retained command would act again at every connect. */
  const reasonToIgnore = (name: string, message: LinkMessage): keyof IgnoredRequests | null => {
    if (message.retained) return "retained";
    if (message.expiresAtNs !== null && clock.monotonicNs() >= message.expiresAtNs) return "expired";
    return mayTake(name) ? null : "too_many";
  };

  const carryOut = async (command: Command, parameters: unknown): Promise<Answer> => {
    const limit = new AbortController();
    const onStop = (): void => limit.abort(stop.signal.reason);
    stop.signal.addEventListener("abort", onStop, { once: true });
    const timer = clock.sleep(timeoutMs, limit.signal).then(() => {
      throw new RemoteRefusal(
        "timeout",
        `${command.name} did not end within ${timeoutMs} ms; ask for the status`,
      );
    });
    try {
      const result = await Promise.race([command.run(parameters, limit.signal), timer]);
      return result === undefined ? { status: "ok" } : { status: "ok", data: result };
    } catch (error) {
      if (error instanceof RemoteRefusal) return failure(error.code, error.message);
      log.error({ command: command.name, error }, "A remote command failed");
      return failure("failed", error instanceof Error ? error.message : String(error));
    } finally {
      stop.signal.removeEventListener("abort", onStop);
      limit.abort();
    }
  };

  /** A request that finds no place was not begun: it leaves no trace and may be sent again. */
  const withPlace = async (work: () => Promise<Answer>): Promise<Answer> => {
    if (runs >= maxRunning)
      return failure("busy", `Expected at most ${maxRunning} requests at a time; try again`);
    runs += 1;
    try {
      return await work();
    } finally {
      runs -= 1;
    }
  };

  /** Within one boot by the clock that cannot jump; a machine without a battery for its clock begins each one in the past. */
  const ageMs = ({ atUs, monotonicNs, bootId }: SeenRequest): number => {
    const now = clock.now();
    if (monotonicNs !== undefined && bootId === now.bootId) return (now.monotonicNs - monotonicNs) / 1e6;
    return Math.abs(now.wallUs - atUs) / 1000;
  };

  /** A full disk must not keep anybody from stopping the car: without the memory a repeat may act twice, and that is the lesser evil. */
  const remember = async (key: string, at: Moment, answer: Answer | null): Promise<void> => {
    const { wallUs: atUs, monotonicNs, bootId } = at;
    try {
      await seen.remember(key, { atUs, monotonicNs, bootId, answer });
    } catch (error) {
      log.warn({ error }, "A request could not be remembered: sent again, it would act again");
    }
  };

  /** Carries out what changes something once per transaction; a repeat gets the answer of the first. */
  const carryOutOnce = (command: Command, parameters: unknown, key: string): Promise<Answer> => {
    const now = running.get(key);
    if (now !== undefined) return now;
    const before = seen.find(key);
    if (before !== null && ageMs(before) < rememberMs)
      return Promise.resolve(before.answer ?? interrupted(command));
    const work = withPlace(async () => {
      const at = clock.now();
      await remember(key, at, null);
      const answer = await carryOut(command, parameters);
      const isSmall = JSON.stringify(answer).length <= maxRememberedBytes;
      await remember(key, at, isSmall ? answer : { status: "ok" });
      return answer;
    }).finally(() => running.delete(key));
    running.set(key, work);
    return work;
  };

  const decide = async (name: string, body: RequestBody, message: LinkMessage): Promise<Answer> => {
    const command = commands.get(name);
    if (options.forbidden?.includes(name))
      return failure("not_allowed", `This device does not take ${name} from afar (mqtt.allow)`);
    if (command === undefined)
      return failure(
        "unknown_command",
        `Expected one of ${[...commands.keys()].join(", ")}, got "${name.slice(0, 64)}"`,
      );
    const parsed = command.schema.safeParse(body.parameters);
    if (!parsed.success) return failure("bad_request", problemsOf(parsed.error.issues, body.parameters));
    if (isUrgent(command, parsed.data)) return carryOut(command, parsed.data);
    const id = isRepeatable(command, parsed.data) ? null : idOf(body, message);
    if (id === null) return withPlace(() => carryOut(command, parsed.data));
    return carryOutOnce(command, parsed.data, keyOf(name, id, body));
  };

  const handle = async (name: string, message: LinkMessage): Promise<void> => {
    let transaction: Transaction | null = null;
    let answer: Answer;
    try {
      const body = parseRequest(message.payload, options.maxRequestBytes);
      transaction = body.transaction;
      answer = await decide(name, body, message);
    } catch (error) {
      if (!(error instanceof RemoteRefusal))
        log.error({ command: name, error }, "A request could not be handled");
      answer = failure(error instanceof RemoteRefusal ? error.code : "failed", (error as Error).message);
    }
    if (answer.status === "ok") done += 1;
    else refused[answer.error.code] = (refused[answer.error.code] ?? 0) + 1;
    await send(name, message, transaction === null ? answer : { ...answer, transaction });
  };

  const send = async (
    name: string,
    message: LinkMessage,
    answer: Answer & { transaction?: Transaction },
  ): Promise<void> => {
    const { responseTopic, correlationData } = message;
    const chosen = responseTopic !== null && topics.mayAnswerOn(responseTopic) ? responseTopic : null;
    if (responseTopic !== null && chosen === null)
      log.warn(
        { responseTopic: responseTopic.slice(0, 256) },
        "A response topic is not one for answers: answered at the usual place",
      );
    const publication: MqttPublication = {
      // An unknown command is answered in one place: its name comes from a stranger.
      topic: chosen ?? topics.response(isKnown(name) ? name : "unknown"),
      payload: JSON.stringify(answer),
      qos: 1,
      contentType: "application/json",
      expirySeconds: answerExpirySeconds,
      ...(correlationData === null ? {} : { correlationData }),
    };
    try {
      await options.answer(publication, mute.signal);
    } catch (error) {
      log.warn({ command: name, reason: (error as Error).message }, "An answer could not be sent");
    }
  };

  const farewell = async (): Promise<void> => {
    stop.abort(new RemoteRefusal("stopping", "The device is stopping"));
    const patience = new AbortController();
    const enough = clock.sleep(lastAnswerMs, patience.signal).catch(() => undefined);
    await Promise.race([Promise.all(taken), enough]);
    patience.abort();
    mute.abort(new Error("the device is stopping"));
    await Promise.all(taken);
  };
  let closing: Promise<void> | null = null;

  return {
    take: async (message) => {
      const name = topics.commandOf(message.topic);
      if (name === null || stop.signal.aborted) return;
      const reason = reasonToIgnore(name, message);
      if (reason !== null) {
        ignored[reason] += 1;
        // The first of a flood, then every thousandth: the log is on the disk that the frames need.
        if (ignored[reason] % 1000 === 1)
          log.warn({ command: name.slice(0, 64), reason, ignored: ignored[reason] }, "A request was ignored");
        return;
      }
      const work = handle(name, message);
      taken.add(work);
      await work.finally(() => taken.delete(work));
    },
    figures: () => ({ done, ignored: { ...ignored }, refused: { ...refused } }),
    close: () => {
      closing ??= farewell();
      return closing;
    },
  };
}

function failure(code: string, message: string): Answer {
  return { status: "error", error: { code, message } };
}

function interrupted(command: Command): Answer {
  return failure(
    "interrupted",
    `This ${command.name} began before a restart and its end is not known; ask for the status`,
  );
}

/** What makes a request the same one when it comes again; null: nothing does, it acts every time. */
function idOf({ transaction }: RequestBody, { correlationData, responseTopic }: LinkMessage): unknown {
  if (transaction !== null) return transaction;
  // Two askers may count alike: where they want their answers tells them apart.
  if (correlationData === null || correlationData.length === 0) return null;
  return { correlation: Buffer.from(correlationData).toString("base64"), responseTopic };
}

/** One id with other parameters is another request: askers reuse their numbers. */
function keyOf(name: string, id: unknown, { parameters }: RequestBody): string {
  return createHash("sha256")
    .update(JSON.stringify([name, id, parameters]))
    .digest("base64url");
}

function problemsOf(issues: readonly z.core.$ZodIssue[], parameters: unknown): string {
  return issues
    .flatMap((issue) => describeIssue(issue, parameters))
    .join("; ")
    .slice(0, maxProblemCharacters);
}
