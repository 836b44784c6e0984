// The models of this machine: what there is, adding and removing one, whether they still say what they should, how good and fast they are.
//   npx outrider models list
import { Command } from "commander";
import type { VerbContext } from "./cli.ts";

type SubVerb = { readonly about: string; readonly load: (context: VerbContext) => Promise<Command> };

/** One file each, models-<name>.ts; only the one that was asked for is loaded. */
const subVerbs: Readonly<Record<string, SubVerb>> = {
  list: {
    about:
      "every model: task, family, size, classes, licence, and whether its file is the one its manifest names",
    load: async (context) => (await import("./models-list.ts")).createModelsListCommand(context),
  },
  add: {
    about: "add a model of your own: family recognised, hash taken, tried, copied to the models folder",
    load: async (context) => (await import("./models-add.ts")).createModelsAddCommand(context),
  },
  remove: {
    about: "remove a model that was added",
    load: async (context) => (await import("./models-remove.ts")).createModelsRemoveCommand(context),
  },
  check: {
    about: "run models on their golden pictures and compare with what the reference said",
    load: async (context) => (await import("./models-check.ts")).createModelsCheckCommand(context),
  },
  calibrate: {
    about: "fit on this store's labelled pairs how likely a similarity means the same individual",
    load: async (context) => (await import("./models-calibrate.ts")).createModelsCalibrateCommand(context),
  },
  eval: {
    about: "how well a detector finds, or individuals are told apart, on a labelled folder",
    load: async (context) => (await import("./models-eval.ts")).createModelsEvalCommand(context),
  },
  bench: {
    about: "what a detector costs here, by stage, and what the program adds to the bare run of its graph",
    load: async (context) => (await import("./models-bench.ts")).createModelsBenchCommand(context),
  },
};

export async function createModelsCommand(context: VerbContext, argv: readonly string[]): Promise<Command> {
  const models = new Command("models");
  for (const [name, { about, load }] of Object.entries(subVerbs)) {
    const command = argv.includes(name) ? await load(context) : new Command(name);
    models.addCommand(command.name(name).description(about));
  }
  return models;
}
