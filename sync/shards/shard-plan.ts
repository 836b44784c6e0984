// What goes into one shard. The plan is kept before anything is sent, so that after a power cut the very same bytes go on.
import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type FrameRecord, fileNameOf } from "../../device/frame.ts";
import type { Store } from "../../device/store/store.ts";
import type { LargeSource } from "../buckets/bucket.ts";
import { type Layout, layOut, readLayout } from "./layout.ts";
import type { ShardIndex } from "./shard-index.ts";

/** One picture with the labels that it has when the shard is planned; they are named, not copied: labels never change. */
type PlannedPicture = {
  readonly imgId: string;
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  readonly labels: readonly string[];
  readonly labelBytes: number;
};

export type ShardPlan = {
  /** Object key: `<folder>/<event>/<date>/shards/<first>_<last>_<count>_<hash>.tar`. */
  readonly key: string;
  readonly pictures: readonly PlannedPicture[];
  /** Of the whole shard. */
  readonly sha256: string;
};

type Frames = Pick<Store, "frames" | "labels">;

/** Bytes hashed before others get a turn. */
const turnBytes = 1024 * 1024;

/** Plans a shard of frames of one prefix. @param folder folder in the bucket that everything goes under; "": none */
export async function planShard(
  store: Frames,
  frames: readonly FrameRecord[],
  folder: string,
): Promise<ShardPlan> {
  const pictures = frames.map(({ imgId, mediaType, size, sha256 }): PlannedPicture => {
    const labels = store.labels.ofFrame(imgId).map(({ label_fingerprint }) => label_fingerprint);
    const labelBytes = labelsOf(store, labels).byteLength;
    return { imgId, name: fileNameOf(imgId, mediaType), size, sha256, labels, labelBytes };
  });
  const ids = pictures.map(({ imgId }) => imgId).sort();
  const hash = createHash("sha256").update(JSON.stringify(pictures)).digest("hex").slice(0, 12);
  const name = `${ids[0]}_${ids.at(-1)}_${ids.length}_${hash}.tar`;
  const key = [folder, frames[0]!.prefix, "shards", name].filter((part) => part !== "").join("/");
  return { key, pictures, sha256: await hashOf(store, pictures) };
}

/** The bytes of a planned shard, made as they are read. */
export function sourceOfPlan(store: Frames, { pictures, sha256 }: ShardPlan): LargeSource {
  const layout = layoutOf(pictures);
  return {
    size: layout.size,
    sha256,
    read: (start, end) => readLayout(layout, start, end, (_member, index) => bytesOf(store, pictures, index)),
  };
}

/** Whether nothing of it was erased or dropped. */
export function isStillThere(store: Frames, { pictures }: ShardPlan): boolean {
  return pictures.every(({ imgId }) => store.frames.get(imgId)?.erasedAtUs === null);
}

/** Whether the store still gives the very bytes that were planned; reads all of them. */
export async function isAsPlanned(store: Frames, { pictures, sha256 }: ShardPlan): Promise<boolean> {
  try {
    return (await hashOf(store, pictures)) === sha256;
  } catch {
    // A picture that is damaged or gone is no picture of this plan any more; what is left of it is planned anew.
    return false;
  }
}

/** The index of a planned shard. */
export function indexOfPlan({ pictures }: ShardPlan): ShardIndex {
  const { members, size } = layoutOf(pictures);
  return {
    format: "outrider-shard",
    version: 1,
    size,
    pictures: pictures.map(({ imgId, name, sha256 }, index) => ({
      img_id: imgId,
      name,
      offset: members[2 * index]!.offset,
      size: members[2 * index]!.size,
      sha256,
      labels: { offset: members[2 * index + 1]!.offset, size: members[2 * index + 1]!.size },
    })),
    erased: [],
  };
}

/** As WebDataset wants it: the files of one sample stand together and differ in their extension. */
function layoutOf(pictures: readonly PlannedPicture[]): Layout {
  return layOut(
    pictures.flatMap(({ imgId, name, size, labelBytes }) => [
      { name, size },
      { name: `${imgId}.json`, size: labelBytes },
    ]),
  );
}

/** The bytes of the file `index` of the layout. @throws Error when the store has them not any more */
function bytesOf(store: Frames, pictures: readonly PlannedPicture[], index: number): Uint8Array {
  const picture = pictures[Math.floor(index / 2)]!;
  const isPicture = index % 2 === 0;
  const bytes = isPicture ? store.frames.picture(picture.imgId) : labelsOf(store, picture.labels);
  const size = isPicture ? picture.size : picture.labelBytes;
  if (bytes === null || bytes.byteLength !== size)
    throw new Error(`The store has ${picture.imgId} not any more as it was when its shard was planned`);
  return bytes;
}

function labelsOf(store: Frames, fingerprints: readonly string[]): Uint8Array {
  return Buffer.from(JSON.stringify(fingerprints.map((fingerprint) => store.labels.get(fingerprint))));
}

async function hashOf(store: Frames, pictures: readonly PlannedPicture[]): Promise<string> {
  const layout = layoutOf(pictures);
  const hash = createHash("sha256");
  for (let at = 0; at < layout.size; at += turnBytes) {
    const end = Math.min(layout.size, at + turnBytes);
    hash.update(await readLayout(layout, at, end, (_member, index) => bytesOf(store, pictures, index)));
    // A camera waits for nobody.
    await nextTurn();
  }
  return hash.digest("hex");
}
