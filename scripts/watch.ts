// Detects, tells individuals apart and makes sequences, on cameras or a folder of pictures; what was seen is in the store.
//   npx outrider watch --camera sim:reserve --for 1m
import { resolve } from "node:path";
import { Command, Option } from "commander";
import { embeddedDefault, isEmbeddedCamera, isUnconfigured } from "../agent/embedded-default.ts";
import { createLog } from "../agent/log.ts";
import { describeWatchStart } from "../agent/start-lines.ts";
import { createStatusLine, describeAgent, drawEveryMs } from "../agent/status-line.ts";
import { describeSummary } from "../agent/summary.ts";
import { describeWatchReport, openWatch, type WatchRun, watchConfig } from "../agent/watch/watch.ts";
import { createSystemClock } from "../device/clock.ts";
import { deadline } from "../device/deadline.ts";
import { UsageError, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, parseDuration, withCommonOptions } from "./options.ts";

type WatchVerbOptions = CommonOptions & {
  readonly camera?: string;
  readonly folder?: string;
  readonly detector?: string;
  readonly embedder?: string;
  readonly for?: number;
  readonly motion: boolean;
  readonly keep?: "all" | "sequences";
  readonly mqtt: boolean;
};

export function createWatchCommand(context: VerbContext): Command {
  return withCommonOptions(new Command("watch"))
    .option("--camera <url>", "sim:reserve, sim:ridge, ffmpeg:/dev/video0, ffmpeg:rtsp://…, rpicam:0")
    .option("--folder <dir>", "a folder of pictures; each is looked at once")
    .option("--detector <id>", "a model of `outrider models list`")
    .option("--embedder <id>", "a model that tells individuals apart, or none")
    .option("--for <time>", "stop by itself after 20s, 5m, 1h", parseDuration)
    .option("--no-motion", "look at every frame, moving or not")
    .addOption(
      new Option(
        "--keep <what>",
        "frames of sequences, or all that were looked at (default for a folder)",
      ).choices(["all", "sequences"]),
    )
    .option("--no-mqtt", "no MQTT, whatever the configuration says")
    .action((options: WatchVerbOptions) => watch(context, options));
}

async function watch(context: VerbContext, options: WatchVerbOptions): Promise<void> {
  if (options.camera !== undefined && options.folder !== undefined)
    throw new UsageError("Expected --camera or --folder, got both", "outrider watch --folder pictures");
  const isPlain =
    isUnconfigured({ file: options.config ?? null, env: context.env }) &&
    options.folder === undefined &&
    (options.camera === undefined || isEmbeddedCamera(options.camera));
  const config = watchConfig(configOf(context, options, isPlain ? embeddedDefault : {}), {
    camera: options.camera ?? null,
    folder: options.folder === undefined ? null : resolve(options.folder),
    detector: options.detector ?? null,
    embedder: options.embedder ?? null,
    keep: options.keep ?? null,
    motion: options.motion,
  });
  if (config.cameras.length === 0)
    throw new UsageError(
      "Expected a camera to watch, got a configuration in which every camera has watch.enabled: false",
      "outrider watch --camera sim:reserve",
    );
  let opened: WatchRun | null = null;
  const status = createStatusLine(context.stderr, () =>
    opened === null ? ["starting"] : describeAgent(opened.agent),
  );
  const log = createLog({
    level: config.log.level,
    stream: { isTTY: context.stderr.isTTY ?? false, write: (text) => status.print(text) },
  });
  opened = await openWatch(
    { config, clock: createSystemClock(), log, env: context.env, random: Math.random, mqtt: options.mqtt },
    ({ file, reason, problem }) => status.print(`skipped ${file}: ${reason}: ${problem}`),
  );
  const { agent } = opened;
  if (!options.json) context.stdout.write(describeWatchStart(agent));
  const timer = setInterval(status.draw, drawEveryMs(context.stderr));
  const limit = options.for === undefined ? null : deadline(options.for);
  const ends = [context.signal, ...(limit === null ? [] : [limit.signal])];
  try {
    const report = await opened.run(AbortSignal.any(ends), { hurry: context.signal });
    clearInterval(timer);
    status.draw();
    status.end();
    context.stdout.write(
      options.json
        ? `${JSON.stringify(report)}\n`
        : `${describeWatchReport(report)}\n${describeSummary(report)}\n`,
    );
    if (report.unreadableCount > 0 || report.failed > 0) context.exit(3);
    // A camera is watched until somebody stops it; a folder has an end.
    else if (options.folder !== undefined && context.signal.aborted) context.exit(130);
  } finally {
    limit?.clear();
    clearInterval(timer);
    status.end();
    await agent.close();
  }
}
