// The label template: every field a label has, with its default, for a person to see.
import type { HardwareConf } from "../device/hardware-conf.ts";
import { formatImageId } from "../device/image-id.ts";
import type { SessionTemplate } from "../device/label.ts";
import { createLabelTemplate, defaultCarSetting } from "../device/label-document.ts";
import { replaceFile } from "../device/replace-file.ts";
import { emptySessionTemplate, readSessionTemplate } from "../device/session-template.ts";

export type TemplateOptions = {
  readonly hardware: HardwareConf;
  /** Its session template is filled in; null: a session without a description. */
  readonly pictureFolder: string | null;
  /** Also written here, with indent 4; null: not written. */
  readonly outputFile: string | null;
  /** Wall clock, microseconds since 1970: created_on_date. */
  readonly nowUs: number;
};

/** Makes the template, and writes it when a file is named. @throws SettingsFileError for a session template that cannot be used. */
export function makeLabelTemplate(options: TemplateOptions): Readonly<Record<string, unknown>> {
  const { hardware, pictureFolder, outputFile, nowUs } = options;
  const session: SessionTemplate =
    pictureFolder === null ? emptySessionTemplate : readSessionTemplate(pictureFolder);
  const template = createLabelTemplate(
    { session, hardware, carSetting: defaultCarSetting },
    formatImageId(nowUs),
  );
  if (outputFile !== null) replaceFile(outputFile, `${JSON.stringify(template, null, 4)}\n`);
  return template;
}
