// Sends a labels file and the pictures beside it to the bucket and the label index.
//   npx outrider upload run1/labels_20200204T15-23-19-881268.json
import { dirname } from "node:path";
import { Command } from "commander";
import { openPictureFolder } from "../agent/picture-folder.ts";
import { readLabels } from "../agent/read-labels.ts";
import { upload } from "../agent/upload.ts";
import { describeUpload, judgeUpload } from "../agent/upload-report.ts";
import { printResult, type VerbContext } from "./cli.ts";
import { type LabelOptions, withAskingOptions, withBucketOption, withLabelWork } from "./label-options.ts";

type UploadFlags = LabelOptions & {
  readonly keyPrefix?: string;
  readonly force?: boolean;
  readonly labelsOnly?: boolean;
  readonly deleteLocal?: boolean;
};

export function createUploadCommand(context: VerbContext): Command {
  return withAskingOptions(withBucketOption(new Command("upload")))
    .argument("<labels-file>", "labels.json; its pictures lie in the same folder")
    .option(
      "-k, --key-prefix <prefix>",
      "folder in the bucket (default: <event>/<YYYYMMDD> of the first label)",
    )
    .option("-f, --force", "replace pictures and labels that are already there")
    .option("-e, --labels-only", "send labels alone; pictures are neither looked for nor deleted")
    .option("--delete-local", "also delete the local files of pictures that are deleted")
    .action(async (path: string, flags: UploadFlags) => {
      const file = readLabels(path);
      await withLabelWork(context, flags, { bucket: !flags.labelsOnly }, async (work) => {
        for (const note of file.notes) work.person.tell(note);
        const { backends } = work;
        const result = await upload({
          ...work,
          documents: file.documents,
          folder: openPictureFolder(dirname(path)),
          bucket: backends.bucket,
          bucketFolder: backends.bucketFolder,
          index: backends.index,
          keyPrefix: flags.keyPrefix,
          force: flags.force ?? false,
          dryRun: flags.dryRun ?? false,
          deleteLocal: flags.deleteLocal ?? false,
          signal: context.signal,
        });
        const places = {
          bucket: backends.bucket?.url ?? null,
          index: backends.index.url,
          dryRun: flags.dryRun ?? false,
        };
        printResult(context, flags.json ?? false, { ...places, ...result }, describeUpload(result, places));
        context.exit(judgeUpload(result));
      });
    });
}
