// Prints the label template: every field a label has, with its default.
//   npx outrider template --output-file template.json
import { Command } from "commander";
import { makeLabelTemplate } from "../agent/template.ts";
import { createSystemClock } from "../device/clock.ts";
import { printResult, type VerbContext } from "./cli.ts";
import { type CommonOptions, configOf, withCommonOptions } from "./options.ts";

type TemplateFlags = CommonOptions & { readonly outputFile?: string; readonly pictureDir?: string };

export function createTemplateCommand(context: VerbContext): Command {
  return withCommonOptions(new Command("template"))
    .option("-o, --output-file <file>", "also write it to this file")
    .option("-p, --picture-dir <dir>", "fill in the session template of this folder")
    .action((flags: TemplateFlags) => {
      const template = makeLabelTemplate({
        hardware: configOf(context, flags).hardware,
        pictureFolder: flags.pictureDir ?? null,
        outputFile: flags.outputFile ?? null,
        nowUs: createSystemClock().now().wallUs,
      });
      const written = flags.outputFile === undefined ? "" : `\nwritten to ${flags.outputFile}`;
      const text = `Label template:\n${JSON.stringify(template, null, 4)}${written}`;
      printResult(context, flags.json ?? false, template, text);
    });
}
