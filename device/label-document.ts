// Makes label documents with every field, in the order the existing tools write them, and the empty template of one.
import { labelFingerprint } from "./fingerprint.ts";
import type { HardwareConf } from "./hardware-conf.ts";
import type { DatasetEntry, LabelDocument, LabelValues, SessionTemplate } from "./label.ts";

/** How car and camera were set up when the frame was taken; PWM values in ticks of a 12-bit, 50 Hz board. */
export type CarSetting = {
  readonly camera: {
    readonly "resolution-horizontal": number;
    readonly "resolution-vertical": number;
    readonly frame_rate: number;
    readonly exposure_mode: string;
    /** Ticks of the camera head's servo, or "unknown". */
    readonly camera_position: number | "unknown";
  };
  readonly constant: {
    readonly max_speed: number;
    readonly stop_speed: number;
    readonly max_direction_l: number;
    readonly max_direction_r: number;
    /** Empty: linear. */
    readonly joystick_to_raw_dir_mapping: readonly number[];
    /** Empty: linear. */
    readonly trigger_to_raw_speed_mapping: readonly number[];
    readonly label_to_raw_dir_mapping: readonly number[];
    readonly label_to_raw_speed_mapping: readonly number[];
    readonly head_up: number;
    readonly head_down: number;
  };
};

/** What the driver did: ticks sent to the car, and the same as −1..1 and 0..1 with two decimals. */
export type RawValue = {
  readonly raw_direction: number;
  readonly raw_speed: number;
  readonly normalized_speed: number;
  readonly normalized_direction: number;
};

/** The classes of one frame and how they were made. */
export type LabelClasses = {
  readonly direction: number | string | null;
  readonly speed: number | string | null;
  readonly createdBy: string;
  /** `YYYYMMDDTHH-MM-SS-ffffff`. */
  readonly createdOnDate: string;
  /** Ticks that stand for each direction class; their number is nb_of_direction. */
  readonly rawDirToLabel: readonly number[];
  readonly rawSpeedToLabel: readonly number[];
};

/** What is common to all frames of a run. */
export type LabelSurroundings = {
  readonly session: SessionTemplate;
  readonly hardware: HardwareConf | Readonly<Record<string, never>>;
  readonly carSetting: CarSetting;
};

/** What is one frame's own. */
export type LabelParts = LabelSurroundings & {
  readonly imgId: string;
  readonly fileName: string;
  readonly fileType: string;
  readonly rawValue: RawValue;
  readonly label: LabelClasses;
};

/** A document as we write it: nothing is left out. */
export type FullLabelDocument = LabelDocument & {
  readonly label: LabelValues;
  readonly dataset: readonly DatasetEntry[];
};

/** Ticks of the existing car for five directions, left to right, and two speeds, slow to fast. */
export const defaultDirectionTicks: readonly number[] = [250, 290, 327, 364, 400];
export const defaultSpeedTicks: readonly number[] = [316, 311];

/** The existing car at rest: 160x96 at 32 fps, linear stick and trigger. */
export const defaultCarSetting: CarSetting = {
  camera: {
    "resolution-horizontal": 160,
    "resolution-vertical": 96,
    frame_rate: 32,
    exposure_mode: "off",
    camera_position: "unknown",
  },
  constant: {
    max_speed: 307,
    stop_speed: 322,
    max_direction_l: 1,
    max_direction_r: 651,
    joystick_to_raw_dir_mapping: [],
    trigger_to_raw_speed_mapping: [],
    label_to_raw_dir_mapping: defaultDirectionTicks,
    label_to_raw_speed_mapping: defaultSpeedTicks,
    head_up: 150,
    head_down: 120,
  },
};

/** The label of one frame, ready to keep and to send: not uploaded, in no data set, fingerprint computed. */
export function createLabelDocument(parts: LabelParts): FullLabelDocument {
  const { imgId } = parts;
  const body = documentBody(parts, {
    img_id: imgId,
    file_name: parts.fileName,
    file_type: parts.fileType,
    timestamp: imgId,
  });
  return { ...body, label_fingerprint: labelFingerprint(body) };
}

/**
 * The template: a label of no picture, every field at its default.
 * @param createdOnDate `YYYYMMDDTHH-MM-SS-ffffff`.
 */
export function createLabelTemplate(
  surroundings: LabelSurroundings,
  createdOnDate: string,
): Readonly<Record<string, unknown>> {
  const noPicture = { img_id: null, file_name: "", file_type: "", timestamp: null };
  const body = documentBody(
    {
      ...surroundings,
      rawValue: { raw_direction: 1, raw_speed: 322, normalized_speed: 0, normalized_direction: -1 },
      label: {
        direction: null,
        speed: null,
        createdBy: "auto",
        createdOnDate,
        rawDirToLabel: defaultDirectionTicks,
        rawSpeedToLabel: defaultSpeedTicks,
      },
    },
    noPicture,
  );
  // The template has no img_id, and its fingerprint is that of Python's None.
  return { ...body, label_fingerprint: labelFingerprint(body as unknown as LabelDocument) };
}

type Picture<Id> = { img_id: Id; file_name: string; file_type: string; timestamp: Id };

function documentBody<Id extends string | null>(
  parts: LabelSurroundings & Pick<LabelParts, "rawValue" | "label">,
  picture: Picture<Id>,
) {
  const { label } = parts;
  return {
    car_setting: parts.carSetting,
    hardware_conf: parts.hardware,
    // The session template refuses names of label fields, so nothing of ours is replaced here.
    ...parts.session,
    // Always a list: a data set is appended to it, and a label without one cannot join any.
    dataset: [] as readonly DatasetEntry[],
    s3_bucket: "",
    raw_picture: true,
    upload_date: null,
    ...picture,
    raw_value: parts.rawValue,
    label: {
      label_direction: label.direction,
      label_speed: label.speed,
      created_by: label.createdBy,
      created_on_date: label.createdOnDate,
      raw_dir_to_label_mapping: label.rawDirToLabel,
      raw_speed_to_label_mapping: label.rawSpeedToLabel,
      nb_of_direction: label.rawDirToLabel.length,
      nb_of_speed: label.rawSpeedToLabel.length,
    },
  };
}
