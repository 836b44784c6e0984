// The command tree. Only the verb that was asked for is loaded, so that `outrider stats` does not wait for the S3 client.
//   npx outrider --help
import { Command } from "commander";
import { readVersion } from "../agent/version.ts";
import { runCli, type VerbContext } from "./cli.ts";

type Verb = {
  readonly about: string;
  readonly load: (context: VerbContext, argv: readonly string[]) => Promise<Command>;
};

const verbs: Readonly<Record<string, Verb>> = {
  run: {
    about:
      "the agent: cameras, gamepad, store, sync, MQTT; with no configuration a simulated car and two camera posts",
    load: async (context) => (await import("./run.ts")).createRunCommand(context),
  },
  record: {
    about: "drive with the gamepad; a frame and its label while the car moves",
    load: async (context) => (await import("./record.ts")).createRecordCommand(context),
  },
  watch: {
    about: "detect, tell individuals apart, make sequences; on cameras or a folder of pictures",
    load: async (context) => (await import("./watch.ts")).createWatchCommand(context),
  },
  gamepad: {
    about: "show, list and map gamepads",
    load: async (context) => (await import("./gamepad.ts")).createGamepadCommand(context),
  },
  sync: {
    about: "send what waits, once or following; status, retry, drop, forget",
    load: async (context) => (await import("./sync.ts")).createSyncCommand(context),
  },
  template: {
    about: "print the label template",
    load: async (context) => (await import("./template.ts")).createTemplateCommand(context),
  },
  labels: {
    about: "write the store's frames and labels as a picture folder with labels.json, or bring one in",
    load: async (context) => (await import("./labels.ts")).createLabelsCommand(context),
  },
  upload: {
    about: "send a labels.json and its pictures to the bucket and the label index",
    load: async (context) => (await import("./upload.ts")).createUploadCommand(context),
  },
  search: {
    about: "find labels by a query file and download their pictures",
    load: async (context) => (await import("./search.ts")).createSearchCommand(context),
  },
  datasets: {
    about: "name, list and delete data sets of labels",
    load: async (context) => (await import("./datasets.ts")).createDatasetsCommand(context),
  },
  "delete-labels": {
    about: "delete labels from the index; pictures stay",
    load: async (context) => (await import("./delete-labels.ts")).createDeleteLabelsCommand(context),
  },
  index: {
    about: "create the label index",
    load: async (context) => (await import("./index.ts")).createIndexCommand(context),
  },
  identify: {
    about: "who is this: each animal of a picture against the individuals of the store",
    load: async (context) => (await import("./identify.ts")).createIdentifyCommand(context),
  },
  individuals: {
    about: "who is known: list, show, verify, reject, merge, split, rename, undo",
    load: async (context) => (await import("./individuals.ts")).createIndividualsCommand(context),
  },
  models: {
    about: "the models: list, add, remove, check, calibrate, eval, bench",
    load: async (context, argv) => (await import("./models.ts")).createModelsCommand(context, argv),
  },
  import: {
    about: "sequences of an alert platform into an annotation API, ready to review, or into the store",
    load: async (context) => (await import("./import.ts")).createImportCommand(context),
  },
  ingest: {
    about: "data sets of known animals into the store: individuals, pictures, who is on which",
    load: async (context) => (await import("./ingest.ts")).createIngestCommand(context),
  },
  embed: {
    about: "describe the sightings that cannot be compared yet",
    load: async (context) => (await import("./embed.ts")).createEmbedCommand(context),
  },
  remote: {
    about: "ask a device over MQTT, follow it, drive it from afar",
    load: async (context) => (await import("./remote.ts")).createRemoteCommand(context),
  },
  stats: {
    about: "what the store holds, what waits, what was dropped and why",
    load: async (context) => (await import("./stats.ts")).createStatsCommand(context),
  },
  doctor: {
    about: "what is missing on this machine, and the command that installs it",
    load: async (context) => (await import("./doctor.ts")).createDoctorCommand(context),
  },
  bench: {
    about: "how fast and how safe it is on this machine",
    load: async (context) => (await import("./bench.ts")).createBenchCommand(context),
  },
};

/** Builds the tree for a command line: the verb it names in full, the others by name and sentence only. */
async function buildTree(context: VerbContext, argv: readonly string[]): Promise<Command> {
  const program = new Command("outrider")
    .description(
      "Captures frames, labels them at capture time, keeps everything on its own disk, brings it home when there is a link.",
    )
    .version(readVersion(), "-V, --version")
    .showSuggestionAfterError()
    .showHelpAfterError(tryHelp("outrider"))
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
    })
    .exitOverride();
  const asked = argv.slice(2).find((word) => !word.startsWith("-"));
  for (const [name, verb] of Object.entries(verbs)) {
    const command =
      name === asked || (asked === "help" && argv.includes(name))
        ? await verb.load(context, argv)
        : new Command(name);
    program.addCommand(command.name(name).description(verb.about));
  }
  inherit(program, "outrider");
  return program;
}

/** Sub-commands made on their own do not take over their parent's output and exit settings; each points at its own help. */
function inherit(parent: Command, path: string): void {
  for (const command of parent.commands) {
    const own = `${path} ${command.name()}`;
    command.copyInheritedSettings(parent).showHelpAfterError(tryHelp(own));
    inherit(command, own);
  }
}

function tryHelp(path: string): string {
  return `Try: ${path} --help`;
}

await runCli(buildTree);
