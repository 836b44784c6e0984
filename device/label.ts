// A label: what a person or a model says a frame shows. This is the JSON document as the existing tools write and read it,
// so its keys are snake_case and hyphenated; nothing else in the house is.

/** Fields common to all frames of a session; extra string fields are allowed and copied into every label. */
export type SessionTemplate = {
  readonly event: string;
  readonly track: string;
  readonly track_picture: string;
  readonly track_type: string;
  readonly comment: string;
  readonly [extra: string]: string;
};

/** One entry of a label's `dataset` list. */
export type DatasetEntry = {
  readonly name: string;
  readonly comment: string;
  readonly created_on_date: string;
  readonly query: unknown;
};

/** The `label` object: classes and how they were made. A relabelled class may be a string ("3"), as the existing page writes it. */
export type LabelValues = {
  readonly label_direction: number | string | null;
  readonly label_speed: number | string | null;
  readonly created_by: string;
  readonly created_on_date: string;
  readonly raw_dir_to_label_mapping: readonly number[];
  readonly raw_speed_to_label_mapping: readonly number[];
  readonly nb_of_direction: number;
  readonly nb_of_speed: number;
};

/** A label document. Only what identifies it is required; documents of older generations lack the rest. */
export type LabelDocument = {
  readonly img_id: string;
  readonly label_fingerprint: string;
  readonly label: Partial<LabelValues> & { readonly created_by?: string };
  readonly file_name?: string;
  readonly file_type?: string;
  readonly timestamp?: string | null;
  readonly s3_bucket?: string;
  readonly upload_date?: string | null;
  readonly raw_picture?: boolean;
  readonly dataset?: readonly DatasetEntry[];
  readonly car_setting?: Readonly<Record<string, unknown>>;
  readonly hardware_conf?: Readonly<Record<string, unknown>>;
  readonly raw_value?: Readonly<Record<string, unknown>>;
  readonly event?: string;
  readonly track?: string;
  readonly to_delete?: boolean;
  readonly [other: string]: unknown;
};

/** The address of a label's picture: `<bucket>/<event>/<YYYYMMDD>/<img_id>`; null before upload. */
export function pictureAddress(document: Pick<LabelDocument, "s3_bucket" | "img_id">): string | null {
  return document.s3_bucket ? `${document.s3_bucket.replace(/\/+$/, "")}/${document.img_id}` : null;
}
