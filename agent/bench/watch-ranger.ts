// Plays the person who looks through the first pictures: names each animal the first time it comes from a side, and verifies that.
import type { Clock } from "../../device/clock.ts";
import type { Side } from "../../device/sighting.ts";
import type { Store } from "../../device/store/store.ts";
import { type ReadTruth, subjectOf, type TrueThing } from "./watch-judge.ts";

export type Ranger = {
  /** A sequence is over: its sightings are looked through. */
  readonly closed: (event: { readonly sequence: string }) => void;
  /** `individual/side` → the walk that was verified. */
  readonly verified: () => ReadonlyMap<string, string>;
  /** Resolves when everything is on disk. */
  readonly done: () => Promise<void>;
};

export function createRanger(
  store: Store,
  deps: { readonly readTruth: ReadTruth; readonly clock: Clock },
): Ranger {
  const verified = new Map<string, string>();
  const individuals = new Map<string, string>();
  let work: Promise<void> = Promise.resolve();

  const thingsOf = (imgId: string): readonly TrueThing[] => {
    const frame = store.frames.get(imgId);
    return deps.readTruth(frame?.truth ?? {}, { width: frame?.width ?? 1, height: frame?.height ?? 1 });
  };

  const verify = async (sequence: string): Promise<void> => {
    // What the sequence wrote last is on its way to the disk.
    await store.settle();
    const frames = [...store.seen.sequenceFrames.keys({ start: [sequence, ""], end: [sequence, "\uffff"] })];
    const truths = new Map(frames.map(([, imgId]) => [imgId, thingsOf(imgId)]));
    const event = subjectOf(store, { id: sequence }, truths);
    const thing = [...truths.values()].flat().find((each) => each.event === event);
    const sightings = [...store.sightings.of("sequence", sequence)];
    if (thing === undefined || sightings.length === 0) return;
    const key = `${thing.individual}/${thing.side}`;
    if ((verified.get(key) ?? thing.event) !== thing.event) return;
    verified.set(key, thing.event);
    const nowUs = deps.clock.now().wallUs;
    const individual = await store.commit(() => {
      const known = individuals.get(thing.individual);
      const id = known ?? store.individuals.add({ name: thing.individual }, nowUs).id;
      for (const sighting of sightings)
        store.sightings.update({
          ...sighting,
          individual: id,
          state: "verified",
          side: thing.side as Side,
          by: "ranger",
        });
      return id;
    });
    individuals.set(thing.individual, individual);
  };

  return {
    closed: ({ sequence }) => {
      work = work.then(() => verify(sequence));
    },
    verified: () => verified,
    done: () => work,
  };
}
