// Adds a model of your own: its family is recognised, its hash taken, it is tried on an empty picture, and copied to the models folder.
//   npx outrider models add yolox_nano.onnx --id yolox-nano
import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { createLog } from "../agent/log.ts";
import { type AddOptions, addModel, describeAdded, familyNames } from "../agent/models/add.ts";
import { modelsFolder, openCatalog } from "../agent/models/open-catalog.ts";
import { withVision } from "../agent/models/with-vision.ts";
import { createSystemClock } from "../device/clock.ts";
import { printResult, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, withCommonOptions } from "./options.ts";

type Flags = CommonOptions &
  Pick<
    AddOptions,
    "id" | "task" | "family" | "size" | "normalise" | "colour" | "licence" | "source" | "sha256"
  > & {
    readonly classes?: readonly string[];
    readonly dryRun?: boolean;
  };

export function createModelsAddCommand(context: VerbContext): Command {
  return withCommonOptions(new Command("add"))
    .argument("<file|id>", "an ONNX file, or the name of a public model, to be told where it is")
    .option("--id <id>", "its name here (default: that of the file)")
    .addOption(
      new Option("--task <task>", "what it does (default: told by its outputs)").choices([
        "detect",
        "embed",
        "steer",
      ]),
    )
    .addOption(
      new Option("--family <family>", "how its outputs are read (default: recognised)").choices(familyNames),
    )
    .option("--classes <file>", "class names, one a line (default: those in the file)", readClasses)
    .option("--size <WxH>", "for a model that takes any size", readSize)
    .addOption(
      new Option(
        "--normalise <how>",
        "what pixels become (default: imagenet for embedders, none for those that steer)",
      ).choices(["none", "bytes", "imagenet", "half"]),
    )
    .addOption(new Option("--colour <order>", "order of its colours").choices(["rgb", "bgr"]))
    .option("--sha256 <hex>", "refuse any other file")
    .option("--licence <text>", "kept with it")
    .option("--source <text>", "where it is from, kept with it")
    .option("--dry-run", "say what would be added; write nothing")
    .action(
      async (
        source: string,
        { config: _, data: __, json = false, dryRun = false, ...said }: Flags,
        command: Command,
      ) => {
        const config = configOf(context, command.opts());
        const clock = createSystemClock();
        const taken = new Set(
          openCatalog(config)
            .list()
            .map((model) => model.manifest.id),
        );
        const log = createLog({ level: "warn", stream: context.stderr });
        const folder = modelsFolder(config);
        const added = await withVision(config.models, { log, clock }, (vision) =>
          addModel(source, { ...said, dryRun, folder, taken, vision, clock, signal: context.signal }),
        );
        printResult(context, json, added, describeAdded(added));
      },
    );
}

function readClasses(path: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new InvalidArgumentError(
      `Expected a file with class names, got ${path}: ${(cause as Error).message}`,
    );
  }
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function readSize(text: string): { readonly width: number; readonly height: number } {
  const match = /^(\d{1,4})x(\d{1,4})$/.exec(text);
  if (match === null) throw new InvalidArgumentError(`Expected WIDTHxHEIGHT, e.g. 640x480, got "${text}".`);
  return { width: Number(match[1]), height: Number(match[2]) };
}
