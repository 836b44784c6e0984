// Runs the agent until Ctrl-C; with no configuration a simulated car, a scripted driver, a folder as bucket and a local index.
//   npx outrider run --for 20s
import { Command } from "commander";
import { type Agent, openAgent } from "../agent/agent.ts";
import { type ConfigSources, loadConfig } from "../agent/config.ts";
import { embeddedDefault } from "../agent/embedded-default.ts";
import { createSecretHider } from "../agent/hide-secrets.ts";
import { keepAgent } from "../agent/keep-agent.ts";
import { createLog, type LogOptions } from "../agent/log.ts";
import { cameraLines, placeLines } from "../agent/start-lines.ts";
import { createStatusLine, describeAgent, drawEveryMs } from "../agent/status-line.ts";
import { describeSummary, describeWatch } from "../agent/summary.ts";
import { createSystemClock } from "../device/clock.ts";
import { type Deadline, deadline } from "../device/deadline.ts";
import type { VerbContext } from "./cli.ts";
import { type CommonOptions, parseDuration, sourcesOf, withCommonOptions } from "./options.ts";

type RunOptions = CommonOptions & {
  readonly for?: number;
  readonly camera?: string;
  readonly gamepad?: string;
  readonly drive?: string;
  readonly pilot?: string;
  readonly model?: string;
  readonly event?: string;
  readonly mqtt?: boolean;
  readonly lastGood?: boolean;
};

export function createRunCommand(context: VerbContext): Command {
  return withCommonOptions(new Command("run"))
    .option("--for <time>", "stop by itself after 20s, 5m, 1h", parseDuration)
    .option(
      "--camera <url>",
      "sim:track, sim:reserve, sim:ridge, folder:DIR, tub:DIR, ffmpeg:/dev/video0, ffmpeg:rtsp://…, rpicam:0",
    )
    .option("--gamepad <url>", "auto, keyboard:, scripted:, replay:FILE, tub:DIR, none:")
    .option("--drive <url>", "auto, sim:, none:, pca9685:1")
    .option(
      "--pilot <who>",
      "who drives: stick, or model (the autopilot; the stick takes over when it is moved)",
    )
    .option("--model <id>", "the model that drives, and that shadow mode compares the person with")
    .option("--event <name>", "event of the session; the first part of every bucket key")
    .option("--no-mqtt", "no MQTT, whatever the configuration says")
    .option("--last-good", "a service starts also with a broken file: with the last one that worked")
    .action(async (options: RunOptions) => {
      const sources = runSources(context, options);
      const level = logSettings(sources, options);
      let agent: Agent | null = null;
      const status = createStatusLine(
        context.stderr,
        () => (agent === null ? ["starting"] : describeAgent(agent)),
        // systemd gives one to each start of a service.
        { isService: context.env.INVOCATION_ID !== undefined },
      );
      const log = createLog({
        ...level,
        hide: createSecretHider(context.env),
        stream: { isTTY: context.stderr.isTTY ?? false, write: (text) => status.print(text) },
      });
      const clock = createSystemClock();
      const keyboard = context.stdin.isTTY ? { stream: context.stdin, interrupt: context.interrupt } : null;
      // Its time begins when the agent is open, however long that took.
      const over = new AbortController();
      let limit = null as Deadline | null;
      let timer: NodeJS.Timeout | null = null;
      try {
        const summary = await keepAgent({
          sources,
          lastGood: options.lastGood ?? false,
          open: (config, host) =>
            openAgent({
              config,
              clock,
              log,
              env: context.env,
              random: Math.random,
              keyboard,
              mqtt: options.mqtt ?? true,
              host,
            }),
          onOpened: (opened, notes) => {
            agent = opened;
            if (limit === null && options.for !== undefined) {
              limit = deadline(options.for);
              limit.signal.addEventListener("abort", () => over.abort(limit?.signal.reason));
            }
            if (timer === null && options.json !== true) context.stdout.write(describeStart(opened, notes));
            else if (options.json !== true) for (const note of notes) status.print(note);
            timer ??= setInterval(status.draw, drawEveryMs(context.stderr));
          },
          clock,
          log,
          signal: AbortSignal.any([context.signal, over.signal]),
          hurry: context.signal,
        });
        if (timer !== null) clearInterval(timer);
        status.draw();
        status.end();
        const seen = summary.watch === null ? "" : `${describeWatch(summary.watch)}\n`;
        context.stdout.write(
          options.json ? `${JSON.stringify(summary)}\n` : `${seen}${describeSummary(summary)}\n`,
        );
        context.exit(summary.failed > 0 ? 3 : 0);
      } finally {
        limit?.clear();
        if (timer !== null) clearInterval(timer);
        status.end();
      }
    });
}

/** The configuration's sources: with no file at all a simulated car and two camera posts. */
function runSources(context: VerbContext, options: RunOptions): ConfigSources {
  const sources = sourcesOf(context, options, {
    gamepad: options.gamepad,
    "drive.url": options.drive,
    "drive.pilot": options.pilot,
    "drive.model": options.model,
    "session.event": options.event,
    ...(options.camera === undefined ? {} : { cameras: [{ url: options.camera }] }),
  });
  return options.camera === undefined ? { ...sources, defaults: embeddedDefault } : sources;
}

/** How to log before the configuration is chosen. @throws ConfigError when it cannot be used and nothing else may be. */
function logSettings(sources: ConfigSources, { lastGood }: RunOptions): Pick<LogOptions, "level" | "format"> {
  try {
    return loadConfig(sources).log;
  } catch (cause) {
    if (lastGood !== true) throw cause;
    return { level: "warn", format: "auto" };
  }
}

function describeStart(agent: Agent, notes: readonly string[]): string {
  const { config, devices } = agent;
  return [
    ...notes,
    ...cameraLines(agent),
    `driver   ${config.drive.pilot === "model" ? `${config.drive.model}, and ` : ""}${devices.gamepad.name}; drive ${devices.drive.name}`,
    ...placeLines(agent),
    "look     npx outrider stats",
    "         npx outrider labels export -o pictures",
    "         npx outrider search -q query.json -p pictures",
    ...(config.watch.enabled && config.watch.embedder !== null
      ? ["         npx outrider individuals list --suggested"]
      : []),
    ...(devices.gamepad.name === "keyboard"
      ? [
          "keys     w or ↑ gas, a d or ← → steer, space lets go, enter or p pauses",
          "         1 ends the run, 2 erases, 3 brings back, 4 marks",
        ]
      : []),
    "Ctrl-C   stops",
    "",
  ].join("\n");
}
