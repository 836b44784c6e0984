// Finds labels by a query file, writes them as a labels file and downloads the pictures that are missing.
//   npx outrider search --query night.json --picture-dir night/
import { Command } from "commander";
import { openPictureFolder } from "../agent/picture-folder.ts";
import { describeQuery, readQueryFile } from "../agent/read-query.ts";
import { search } from "../agent/search.ts";
import { describeSearch, judgeSearch } from "../agent/search-report.ts";
import { printResult, type VerbContext } from "./cli.ts";
import { type LabelOptions, withAskingOptions, withBucketOption, withLabelWork } from "./label-options.ts";

type SearchFlags = LabelOptions & {
  readonly query: string;
  readonly pictureDir: string;
  readonly verbose?: boolean;
  readonly force?: boolean;
};

export function createSearchCommand(context: VerbContext): Command {
  return withAskingOptions(withBucketOption(new Command("search")))
    .requiredOption("-q, --query <file>", "query file: JSON from field to condition")
    .requiredOption("-p, --picture-dir <dir>", "folder for pictures and labels.json; made when missing")
    .option("-f, --force", "the same as --yes")
    .option("-v, --verbose", "print the query as a server is asked it")
    .action(async (flags: SearchFlags) => {
      const query = readQueryFile(flags.query);
      const options = { ...flags, yes: flags.yes ?? flags.force ?? false };
      await withLabelWork(context, options, { bucket: true }, async ({ backends, person, nowUs }) => {
        if (flags.verbose) person.tell(describeQuery(query));
        const result = await search({
          query,
          index: backends.index,
          bucketNamed: backends.bucketNamed,
          folder: openPictureFolder(flags.pictureDir),
          dryRun: flags.dryRun ?? false,
          person,
          nowUs,
          signal: context.signal,
        });
        printResult(context, flags.json ?? false, result, describeSearch(result));
        context.exit(judgeSearch(result));
      });
    });
}
