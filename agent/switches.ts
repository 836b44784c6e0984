// What a person far away has switched off: uses of cameras, and sending. In force at once, and still after a restart.
import type { Store } from "../device/store/store.ts";

/** What a camera's pictures are used for. */
export type CameraUse = "record" | "watch";

export type Switches = {
  /** Whether nobody has switched this use of the camera off. */
  readonly isOn: (camera: string, use: CameraUse) => boolean;
  /** Resolves when it is on disk; in force before. */
  readonly set: (camera: string, uses: readonly CameraUse[], on: boolean) => Promise<void>;
  readonly isSyncPaused: () => boolean;
  readonly setSyncPaused: (paused: boolean) => Promise<void>;
};

/** `off`: "<camera>/<use>". */
type Note = { readonly off: readonly string[]; readonly syncPaused: boolean };

const noteName = "remote.switches";
const allOn: Note = { off: [], syncPaused: false };

/** Opens the switches as the store remembers them. */
export function openSwitches(store: Pick<Store, "notes" | "commit">): Switches {
  let note = readNote(store.notes.get(noteName));
  const keep = async (next: Note): Promise<void> => {
    note = next;
    await store.commit(() => store.notes.put(noteName, next));
  };
  return {
    isOn: (camera, use) => !note.off.includes(`${camera}/${use}`),
    set: (camera, uses, on) => {
      const named = uses.map((use) => `${camera}/${use}`);
      const others = note.off.filter((each) => !named.includes(each));
      return keep({ ...note, off: on ? others : [...others, ...named] });
    },
    isSyncPaused: () => note.syncPaused,
    setSyncPaused: (syncPaused) => keep({ ...note, syncPaused }),
  };
}

/** A note that is damaged or of another version switches nothing off. */
function readNote(found: unknown): Note {
  if (typeof found !== "object" || found === null) return allOn;
  const { off, syncPaused } = found as Partial<Note>;
  return {
    off: Array.isArray(off) ? off.filter((each) => typeof each === "string") : [],
    syncPaused: syncPaused === true,
  };
}
