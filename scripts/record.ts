// Drives with the gamepad and records: a frame and its label while the car moves, runs as many as you like.
//   npx outrider record -o pictures --event training
import { homedir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { openAgent } from "../agent/agent.ts";
import { createLog } from "../agent/log.ts";
import { describeRecording, record } from "../agent/record/record.ts";
import { chooseSession } from "../agent/record/session-dialogue.ts";
import { createSystemClock } from "../device/clock.ts";
import { readHardwareConf } from "../device/hardware-conf.ts";
import { UsageError, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, numberWithin, parseDuration, withCommonOptions } from "./options.ts";
import { createTerminalPerson } from "./terminal-person.ts";

type RecordOptions = CommonOptions & {
  readonly pictureDir?: string;
  readonly delay?: number;
  readonly event?: string;
  readonly track?: string;
  readonly hardware?: string;
  readonly lenient?: boolean;
  readonly for?: number;
  readonly camera?: string;
  readonly gamepad?: string;
  readonly drive?: string;
};

export function createRecordCommand(context: VerbContext): Command {
  return withCommonOptions(new Command("record"))
    .requiredOption(
      "-o, --picture-dir <dir>",
      "where pictures and labels_<time>.json are left at the end of each run",
    )
    .option("-d, --delay <seconds>", "least time between two frames", numberWithin(0, 3600))
    .option("--event <name>", "event of the session (else session_template.json, or asked)")
    .option("--track <name>", "track of the session")
    .option("--hardware <file>", "hardware_conf.json of this car")
    .option("--lenient", "a missing or bad hardware file or session template is only warned of")
    .option("--for <time>", "start at once, stop by itself after 20s, 5m, …; asks nothing", parseDuration)
    .option("--camera <url>", "sim:track, rpicam:0, ffmpeg:/dev/video0, tub:DIR, …")
    .option("--gamepad <url>", "auto, keyboard:, scripted:, replay:FILE, tub:DIR")
    .option("--drive <url>", "auto, sim:, none:, pca9685:1")
    .addHelpText(
      "after",
      "\nButtons: A ends the run, B erases the last seconds, X brings them back, Y marks, Start pauses.",
    )
    .action((options: RecordOptions) => runRecord(context, options));
}

async function runRecord(context: VerbContext, options: RecordOptions): Promise<void> {
  const directory = options.pictureDir!;
  const tell = (text: string): void => void context.stderr.write(`${text}\n`);
  const hardware =
    options.hardware === undefined
      ? undefined
      : readHardwareConf(
          options.hardware,
          options.lenient ? { lenient: (problem) => tell(problem.message) } : {},
        );
  const config = configOf(context, options, {
    gamepad: options.gamepad,
    "drive.url": options.drive,
    hardware,
    ...(options.delay === undefined ? {} : { "record.delayMs": options.delay * 1000 }),
    ...(options.camera === undefined ? {} : { cameras: [{ url: options.camera }] }),
    "record.autostart": false,
    // As the existing recorder: what is not driven is not kept.
    "record.standingEveryMs": null,
  });
  const isTerminal = context.stdin.isTTY ?? false;
  const drivesByKeys = config.gamepad.startsWith("keyboard:");
  if (drivesByKeys && !isTerminal)
    throw new UsageError(
      "The keyboard as gamepad needs a terminal",
      `outrider record -o ${directory} --for 20s`,
    );
  // Without a person, or with one whose keys drive, one run begins at once.
  const isAsking = options.for === undefined && isTerminal;
  const isConversing = isAsking && !drivesByKeys;
  const person = createTerminalPerson(context, { yes: false });
  const log = createLog({ level: config.log.level, stream: context.stderr });
  try {
    const session = await chooseSession({
      directory,
      cacheDirectory: join(context.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "outrider"),
      known: {
        ...(options.event === undefined ? {} : { event: options.event }),
        ...(options.track === undefined ? {} : { track: options.track }),
      },
      dialogue: isAsking && options.event === undefined ? { ask: person.ask, say: tell } : null,
      ...(options.lenient ? { lenient: (problem: Error) => tell(problem.message) } : {}),
      warn: tell,
    });
    // The keys belong to the car from here on.
    if (drivesByKeys) person.close();
    const clock = createSystemClock();
    const result = await record({
      open: (onRunEnded) =>
        openAgent({
          config,
          clock,
          log,
          env: context.env,
          random: Math.random,
          keyboard: drivesByKeys ? { stream: context.stdin, interrupt: context.interrupt } : null,
          mqtt: false,
          onRunEnded,
        }),
      clock,
      log,
      session,
      directory,
      forMs: options.for ?? null,
      dialogue: isConversing ? { ask: person.ask, say: tell } : null,
      say: tell,
      signal: context.signal,
    });
    context.stdout.write(options.json ? `${JSON.stringify(result)}\n` : `${describeRecording(result)}\n`);
    if (result.failed + result.unreadable.length + result.notLeft.length > 0) context.exit(3);
  } finally {
    person.close();
  }
}
