// Small labelled pictures in a folder, as a recorder leaves them.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatImageId } from "../../device/image-id.ts";
import type { LabelDocument } from "../../device/label.ts";
import {
  createLabelDocument,
  defaultCarSetting,
  defaultDirectionTicks,
  defaultSpeedTicks,
} from "../../device/label-document.ts";
import { emptySessionTemplate } from "../../device/session-template.ts";
import { makeJpegs } from "./pictures.ts";

/** 2020-02-04 15:23:08 UTC. */
const startUs = Date.UTC(2020, 1, 4, 15, 23, 8) * 1000;

/** One label for the picture taken `n` seconds after the start. */
export function labelOf(
  n: number,
  given: { readonly createdBy?: string; readonly direction?: number; readonly event?: string } = {},
): LabelDocument {
  const imgId = formatImageId(startUs + n * 1_000_000 + 574_348);
  return createLabelDocument({
    session: { ...emptySessionTemplate, event: given.event ?? "session_14012020", track: "piste1" },
    hardware: { car: "patate", version: 1, computer: "Raspberry_Pi2", camera: "Picam" },
    carSetting: { ...defaultCarSetting, camera: { ...defaultCarSetting.camera, camera_position: 120 } },
    imgId,
    fileName: `${imgId}.jpg`,
    fileType: "jpg",
    rawValue: { raw_direction: 326, raw_speed: 307, normalized_speed: 1, normalized_direction: 0 },
    label: {
      direction: given.direction ?? n % 5,
      speed: 1,
      createdBy: given.createdBy ?? "auto",
      createdOnDate: imgId,
      rawDirToLabel: defaultDirectionTicks,
      rawSpeedToLabel: defaultSpeedTicks,
    },
  });
}

/** Writes a real JPEG for each label into `directory`. */
export async function writePictures(directory: string, documents: readonly LabelDocument[]): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const jpegs = await makeJpegs(documents.length, { width: 32, height: 24 });
  documents.forEach((document, n) => {
    writeFileSync(join(directory, document.file_name!), jpegs[n]!);
  });
}
