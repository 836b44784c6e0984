// Pictures of a folder that were looked at before: the same bytes are the same frame, and one detector looks at it once.
import type { FrameRecord } from "../../device/frame.ts";
import type { Store } from "../../device/store/store.ts";

export type KnownPictures = {
  /** Whether a detector has looked at a frame, and what it saw was kept. */
  readonly has: (imgId: string, model: string) => boolean;
  /** Within a commit only. */
  readonly remember: (frame: Pick<FrameRecord, "imgId" | "sha256">, model: string) => void;
};

export function createKnownPictures({ notes, seen }: Pick<Store, "notes" | "seen">): KnownPictures {
  const nameOf = (imgId: string, model: string): string => `looked/${model}/${imgId}`;
  return {
    has: (imgId, model) => notes.has(nameOf(imgId, model)),
    remember: ({ imgId, sha256 }, model) => {
      if (!seen.contents.has(sha256)) seen.contents.put(sha256, imgId);
      notes.put(nameOf(imgId, model), true);
    },
  };
}
