// Talks to a device over MQTT: asks, follows, takes a picture, drives.
//   npx outrider remote car record start event=training
import { readFileSync, writeFileSync } from "node:fs";
import { Command, Option } from "commander";
import { createLog } from "../agent/log.ts";
import { describeData } from "../agent/remote-client/describe-answer.ts";
import { describeDevices } from "../agent/remote-client/describe-devices.ts";
import { describeHelp } from "../agent/remote-client/describe-help.ts";
import { followDevice } from "../agent/remote-client/follow.ts";
import { openRemoteClient } from "../agent/remote-client/open-client.ts";
import { isOwnFailure, type RemoteAnswer } from "../agent/remote-client/report.ts";
import { askForHelp, requestByWords } from "../agent/remote-client/request-by-words.ts";
import { takeSnapshot } from "../agent/remote-client/snapshot.ts";
import { WordsError } from "../agent/remote-client/words.ts";
import { createSystemClock } from "../device/clock.ts";
import { printResult, UsageError, type VerbContext } from "./cli.ts";
import { configOf, parseDuration } from "./options.ts";
import { type DriveOptions, driveRemotely } from "./remote-drive.ts";

type RemoteOptions = DriveOptions & {
  readonly config?: string;
  readonly json?: boolean;
  readonly broker?: string;
  readonly base?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly timeout: number;
  readonly data?: string;
  readonly output?: string;
};

const manual = `
  outrider remote list                                which devices are there
  outrider remote car status                          what it does and how it is
  outrider remote car help [COMMAND]                  what it can be asked for
  outrider remote car record start event=training     the first word is the action, name=value its parameters
  outrider remote car record mark "a fox"             further words fill its parameters in the order of help
  outrider remote car config set record.delayMs=50    a name that is no parameter goes where names may stand
  outrider remote car camera settings front fps=15
  outrider remote car sync --data '{"action":"now"}'  parameters as JSON
  outrider remote car snapshot -o car.jpg             the newest picture
  outrider remote car watch                           follows events, health and states until Ctrl-C
  outrider remote car drive                           drives with the keyboard, or --gamepad auto; nobody else may drive it (npm start -- --gamepad none:)

Values are text where the command wants text; else numbers, true, false, null and JSON are read as such ('note="5"' is text anyway).
The broker is that of the configuration (an embedded one: on this machine), or --broker; its account comes from OUTRIDER_MQTT_USER and
OUTRIDER_MQTT_PASSWORD. Exit code 1: refused, offline or no answer in time, with the reason; 2: the words do not fit the command.`;

export function createRemoteCommand(context: VerbContext): Command {
  return new Command("remote")
    .argument("<device>", "its name, or list")
    .argument("[command]", "help, status, record, …; watch, snapshot, drive")
    .argument("[words...]", "action and name=value")
    .option("-c, --config <file>", "configuration with the broker (default: as for run)")
    .option("--broker <url>", "mqtt://HOST[:1883] or mqtts://HOST[:8883]")
    .option("--base <topic>", "first levels of all topics (default: outrider)")
    .option("--ca <file>", "PEM of the authority that signed the broker's certificate")
    .option("--cert <file>", "PEM of our certificate, where the broker wants one")
    .option("--key <file>", "PEM of its key")
    .addOption(
      new Option("--timeout <time>", "how long to wait for an answer: 10s, 1m")
        .argParser(parseDuration)
        .default(10_000, "10s"),
    )
    .option("--data <json>", "parameters as one JSON object; @FILE reads them from a file")
    .option("-o, --output <file>", "where snapshot leaves the picture")
    .option("--gamepad <url>", "what drives: keyboard:, auto, evdev:PATH, joydev:PATH", "keyboard:")
    .option(
      "--throttle <share>",
      "most throttle that a full trigger or a held key asks for, 0–1",
      Number,
      0.5,
    )
    .option("--json", "one JSON line on stdout: the answer (watch: one for each message)")
    .addHelpText("after", manual)
    .action((device: string, command: string | undefined, words: string[], options: RemoteOptions) =>
      runRemote(context, { device, command: command ?? "", words }, options),
    );
}

type Asked = { readonly device: string; readonly command: string; readonly words: readonly string[] };

async function runRemote(context: VerbContext, asked: Asked, options: RemoteOptions): Promise<void> {
  const { device, command, words } = asked;
  const wantsList = device === "list" && command === "";
  if (command === "" && !wantsList)
    throw new UsageError(`Expected a command for ${device}`, `outrider remote ${device} help`);
  const parameters = options.data === undefined ? null : readData(options.data);
  if (parameters !== null && words.length > 0)
    throw new UsageError("Expected either words or --data, got both", "outrider remote --help");
  const { mqtt } = configOf(context, options, {
    "mqtt.url": options.broker,
    "mqtt.base": options.base,
    "mqtt.caFile": options.ca,
    "mqtt.certFile": options.cert,
    "mqtt.keyFile": options.key,
  });
  if (mqtt.url === null)
    throw new UsageError("The configuration has no broker", "outrider remote list --broker mqtt://HOST");
  const clock = createSystemClock();
  const log = createLog({ level: context.env.OUTRIDER_DEBUG ? "debug" : "silent", stream: context.stderr });
  const client = openRemoteClient({ mqtt, env: context.env, clock, random: Math.random, log });
  const limits = { timeoutMs: options.timeout, signal: context.signal };
  const json = options.json ?? false;
  try {
    if (wantsList) {
      const devices = await client.list(limits);
      printResult(context, json, { devices }, describeDevices(devices));
    } else if (command === "watch" && words.length === 0) {
      await followDevice(client, {
        device,
        clock,
        json,
        write: (line) => context.stdout.write(`${line}\n`),
        say: (text) => context.stderr.write(`${text}\n`),
        signal: context.signal,
      });
    } else if (command === "drive" && words.length === 0 && parameters === null) {
      // Whether it is there is asked like anything else; what it answers is for the panel.
      const answer = await client.ask(device, "drive", { ...limits, parameters: { action: "state" } });
      if (isOwnFailure(answer)) report(context, answer, json, describeData);
      else await driveRemotely(context, client, device, { ...options, json, clock, log });
    } else if (command === "help" && parameters === null) {
      const { answer, commands } = await askForHelp(client, device, limits);
      report(context, answer, json, () => describeHelp(device, commands ?? [], words[0] ?? null));
    } else {
      const answer =
        parameters === null
          ? await requestByWords(client, asked, limits)
          : await client.ask(device, command, { ...limits, parameters });
      await finish(context, command, answer, { json, output: options.output });
    }
  } catch (error) {
    if (error instanceof WordsError)
      throw new UsageError(error.message, `outrider remote ${device} help ${command}`);
    throw error;
  } finally {
    await client.close();
  }
}

async function finish(
  context: VerbContext,
  command: string,
  answer: RemoteAnswer,
  { json, output }: { readonly json: boolean; readonly output: string | undefined },
): Promise<void> {
  const picture = command === "snapshot" && answer.status === "ok" ? takeSnapshot(answer.data) : null;
  if (picture === null) return report(context, answer, json, describeData);
  if (output !== undefined) writeFileSync(output, picture.bytes);
  const shown = { ...picture.about, ...(output === undefined ? {} : { file: output }) };
  // With --json and no file the picture is in the answer, as the device gave it.
  const told: RemoteAnswer = output === undefined && json ? answer : { status: "ok", data: shown };
  const hint = output === undefined ? "\n-o FILE keeps the picture" : "";
  report(context, told, json, (data) => describeData(data) + hint);
}

function report(
  context: VerbContext,
  answer: RemoteAnswer,
  json: boolean,
  describe: (data: unknown) => string,
): void {
  if (answer.status === "ok") {
    printResult(context, json, answer, json ? "" : describe(answer.data));
    return;
  }
  const { code, message } = answer.error;
  if (json) printResult(context, true, answer, "");
  else context.stderr.write(`outrider: ${message} (${code})\n`);
  context.exit(1);
}

function readData(text: string): Readonly<Record<string, unknown>> {
  const json = text.startsWith("@") ? readFileSync(text.slice(1), "utf8") : text;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new UsageError(`Expected --data to be JSON: ${(cause as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new UsageError(`Expected --data to be one JSON object, got ${json.slice(0, 80)}`);
  return value as Readonly<Record<string, unknown>>;
}
