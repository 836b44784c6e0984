// Where pictures lie: `<bucket>/<event>/<YYYYMMDD>/<img_id>`, and the old tools' tolerance for slashes in all of it.
import type { LabelDocument } from "../device/label.ts";

/** Joins parts of a key or address; empty segments vanish: ("my-bucket/", "/sub//dir") is "my-bucket/sub/dir". */
export function joinKey(...parts: readonly string[]): string {
  return parts
    .flatMap((part) => part.split("/"))
    .filter((segment) => segment !== "")
    .join("/");
}

/** Splits "my-bucket/sub//dir" into the bucket and the folder inside it: ["my-bucket", "sub/dir"]. */
export function splitBucket(text: string): readonly [bucket: string, folder: string] {
  const [bucket = "", ...folder] = joinKey(text).split("/");
  return [bucket, folder.join("/")];
}

/** The `s3_bucket` field of a label whose picture lies in `folder` of `bucketName`: an address that ends with a slash. */
export function addressOf(bucketName: string, folder: string): string {
  return `${joinKey(bucketName, folder)}/`;
}

/** Where a label says its picture is; null when it was never uploaded. */
export function placeOfPicture(
  document: Pick<LabelDocument, "s3_bucket" | "img_id">,
): { readonly bucketName: string; readonly key: string } | null {
  if (!document.s3_bucket) return null;
  const [bucketName, folder] = splitBucket(document.s3_bucket);
  return bucketName === "" ? null : { bucketName, key: joinKey(folder, document.img_id) };
}

/** The file a label's picture has in a folder. */
export function fileNameOfLabel(document: Pick<LabelDocument, "file_name" | "img_id">): string {
  return document.file_name || `${document.img_id}.jpg`;
}
