// Who is known: list and show individuals, judge suggestions, merge, split, rename, undo; every act is kept with who and when.
//   npx outrider individuals list --suggested
import { userInfo } from "node:os";
import { Command, Option } from "commander";
import { type Actor, ActRefused } from "../agent/individuals/act.ts";
import {
  editIndividual,
  mergeIndividuals,
  planMerge,
  splitIndividual,
} from "../agent/individuals/arrange.ts";
import {
  describeActs,
  describeIndividual,
  describeIndividuals,
  describePlan,
  describeSuggestions,
} from "../agent/individuals/describe.ts";
import { rejectSightings, verifySightings } from "../agent/individuals/judge.ts";
import {
  listActs,
  listIndividuals,
  listSuggestions,
  type SuggestionFilter,
  showIndividual,
} from "../agent/individuals/review.ts";
import { undo } from "../agent/individuals/undo.ts";
import { withStore } from "../agent/individuals/with-store.ts";
import { createSystemClock } from "../device/clock.ts";
import type { IndividualRecord } from "../device/individual.ts";
import type { Act } from "../device/individual-act.ts";
import type { Store } from "../device/store/store.ts";
import { printResult, UsageError, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, numberWithin, wholeNumber, withCommonOptions } from "./options.ts";

type Paging = CommonOptions & { readonly limit: number; readonly after?: string };
type ListFlags = Paging & SuggestionFilter & { readonly suggested?: boolean; readonly text?: string };
type EditFlags = Acting & Partial<Pick<IndividualRecord, "status" | "species" | "notes">>;
type Acting = CommonOptions & { readonly by?: string };

export function createIndividualsCommand(context: VerbContext): Command {
  const verb = new Command("individuals");
  const add = (name: string, about: string): Command =>
    withCommonOptions(verb.command(name).description(about));
  const addAct = (name: string, about: string): Command =>
    add(name, about).option("--by <name>", "who does it (default: $USER)");
  const paged = (command: Command): Command =>
    command
      .option("--limit <n>", "at most so many", wholeNumber(1, 1000), 50)
      .option("--after <id>", "go on behind this one: what the page before said");

  paged(add("list", "individuals, or with --suggested the suggestions that wait for a person, newest first"))
    .option("--suggested", "the queue of suggestions")
    .option("--text <words>", "individuals with these words in name, alias or species")
    .option("--individual <who>", "suggestions of this one; new: of nobody known")
    .option("--camera <id>", "suggestions from this camera")
    .option("--sequence <id>", "suggestions from this sequence")
    .option("--min-score <n>", "suggestions at least so sure", numberWithin(0, 1))
    .action((options: ListFlags) =>
      read(context, options, (store) => {
        if (!options.suggested) {
          const page = listIndividuals(store, options);
          return [page, describeIndividuals(page)];
        }
        const page = listSuggestions(store, options);
        return [page, describeSuggestions(page)];
      }),
    );
  add("show", "one individual with its sightings")
    .argument("<individual>", "id, name or scope/alias")
    .option("--limit <n>", "sightings at most", wholeNumber(1, 10_000), 20)
    .action((who: string, options: CommonOptions & { limit: number }) =>
      read(context, options, (store) => {
        const details = showIndividual(store, who, options);
        return [details, describeIndividual(details)];
      }),
    );
  paged(add("journal", "what was done, by whom and when, newest first")).action((options: Paging) =>
    read(context, options, (store) => {
      const page = listActs(store, options);
      return [page, describeActs(page)];
    }),
  );
  addAct("verify", "confirm sightings: they answer for their individual from now on")
    .argument("<sighting...>")
    .option(
      "--as <individual>",
      "it is this one: id, name or scope/alias (default: the one that was suggested)",
    )
    .addOption(new Option("--new <name>", "it is a new one of this name").conflicts("as"))
    .action((ids: string[], options: Acting & { as?: string; new?: string }) =>
      write(context, options, (actor) =>
        verifySightings(actor, ids, {
          ...(options.as === undefined ? {} : { as: options.as }),
          ...(options.new === undefined ? {} : { newName: options.new }),
        }),
      ),
    );
  addAct("reject", "say no to sightings: they answer for nobody")
    .argument("<sighting...>")
    .action((ids: string[], options: Acting) =>
      write(context, options, (actor) => rejectSightings(actor, ids)),
    );
  addAct("merge", "the others are the first one; their sightings and aliases move there")
    .argument("<into>", "the one that stays: id, name or scope/alias")
    .argument("<others...>", "those that become it")
    .option("--dry-run", "show what would move and what speaks against it")
    .option("--force", "merge in spite of what speaks against it")
    .action((into: string, others: string[], options: Acting & { dryRun?: boolean; force?: boolean }) =>
      options.dryRun
        ? read(context, options, (store) => {
            const plan = planMerge(store, into, others);
            return [{ dryRun: true, ...plan }, describePlan(plan)];
          })
        : write(context, options, (actor) =>
            mergeIndividuals(actor, { into, others, force: options.force ?? false }),
          ),
    );
  addAct("split", "some sightings of an individual are somebody else")
    .argument("<individual>", "id, name or scope/alias")
    .requiredOption("--sightings <id...>", "those that are")
    .option("--name <name>", "name of the new one")
    .action((from: string, options: Acting & { sightings: string[]; name?: string }) =>
      write(context, options, (actor) => splitIndividual(actor, { ...options, from })),
    );
  addAct("rename", "another name")
    .argument("<individual>", "id, name or scope/alias")
    .argument("<name>")
    .action((who: string, name: string, options: Acting) =>
      write(context, options, (actor) => editIndividual(actor, who, { name })),
    );
  addAct("edit", "status, species or notes")
    .argument("<individual>", "id, name or scope/alias")
    .addOption(
      new Option("--status <word>", "how it is").choices(["active", "monitored", "seized", "deceased"]),
    )
    .option("--species <name>", "e.g. tiger")
    .option("--notes <text>", "replaces the notes")
    .action((who: string, { status, species, notes, ...options }: EditFlags) => {
      const fields = Object.fromEntries(
        Object.entries({ status, species, notes }).filter(([, value]) => value !== undefined),
      );
      if (Object.keys(fields).length === 0)
        throw new UsageError(
          "Expected --status, --species or --notes, got none",
          "outrider individuals edit NAME --status monitored",
        );
      return write(context, options, (actor) => editIndividual(actor, who, fields));
    });
  addAct("undo", "take an act back; an undo can be undone, too")
    .argument("[act]", "id of the act (default: the newest that was not undone)")
    .action((id: string | undefined, options: Acting) => write(context, options, (actor) => undo(actor, id)));
  return verb;
}

/** Reads beside whoever writes, and prints. */
function read(
  context: VerbContext,
  options: CommonOptions,
  work: (store: Store) => readonly [result: object, text: string],
): Promise<void> {
  return withStore(
    configOf(context, options),
    { readOnly: true, clock: createSystemClock() },
    async (store) => {
      const [result, text] = await asUsage(async () => work(store));
      printResult(context, options.json ?? false, result, text);
    },
  );
}

/** Does one act and says which. */
function write(context: VerbContext, options: Acting, work: (actor: Actor) => Promise<Act>): Promise<void> {
  const clock = createSystemClock();
  return withStore(configOf(context, options), { readOnly: false, clock }, async (store) => {
    const by = options.by ?? context.env.USER ?? userInfo().username;
    const done = await asUsage(() => work({ store, by, nowUs: () => clock.now().wallUs }));
    printResult(context, options.json ?? false, done, `${done.summary} (act ${done.id}, by ${done.by})`);
  });
}

/** What cannot be done as asked is wrong usage. */
async function asUsage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof ActRefused)
      throw new UsageError(cause.message, "outrider individuals list, or journal");
    throw cause;
  }
}
