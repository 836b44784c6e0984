// The end of a rig: reads truth, bucket and index, has them judged, and says what was done around what broke.
import type { BackendOptions } from "../../backends.ts";
import type { Chronicle } from "./chronicle.ts";
import { type Hole, judge, type Life, type StoredFrame, type Verdict } from "./judge.ts";
import { observeBucket, observeIndex, type StoreSeen } from "./observe.ts";
import type { Places } from "./rig.ts";
import { readTruth } from "./truth.ts";
import type { Witness } from "./witness.ts";

export type RigFigures = {
  readonly pictures: number;
  readonly stored: number;
  readonly objects: number;
  readonly documents: number;
  readonly marks: number;
  readonly repeatedEvents: number;
  readonly lives: number;
};

/** What is known of a rig whose last life sent everything. */
export type RigPast = {
  readonly places: Places;
  readonly device: string;
  readonly cameraFolder: string;
  /** For the bench itself, past the proxies. */
  readonly backends: BackendOptions;
  readonly lives: readonly Life[];
  /** Ends that nobody asked for. */
  readonly crashes: readonly string[];
  /** What the looks after each life found in the store. */
  readonly known: ReadonlyMap<string, StoredFrame>;
  readonly witness: Witness;
  readonly chronicle: Chronicle;
  readonly signal: AbortSignal;
};

/** @param seen the store at the end. @param seen.untilNs later pictures are nobody's to keep, monotonic ns. */
export async function judgeRig(
  { places, device, cameraFolder, backends, lives, crashes, known, witness, chronicle, signal }: RigPast,
  { untilNs, ...seen }: StoreSeen & { readonly untilNs: number },
): Promise<Verdict & { readonly figures: RigFigures }> {
  const objects = await observeBucket(places.bucket ?? "folder:", device, backends, signal);
  const documents = await observeIndex(places.index ?? "local:", device, backends, signal);
  const truth = readTruth(cameraFolder).filter(({ monotonicNs }) => monotonicNs < untilNs);
  const marks = witness.marks();
  const verdict = judge({
    truth,
    lives,
    seen: { ...seen, objects, documents },
    before: known,
    isSent: true,
    marks,
  });
  const around = verdict.holes.flatMap((hole) => describeAround(hole, lives, chronicle));
  if (around.length > 0) around.push(`drops in the store: ${JSON.stringify(seen.dropped)}`);
  const figures = {
    pictures: truth.length,
    stored: seen.stored.size,
    objects: objects.length,
    documents: documents.length,
    marks: marks.size,
    repeatedEvents: witness.repeats(),
    lives: lives.length,
  };
  return { ...verdict, problems: [...crashes, ...verdict.problems, ...around], figures };
}

/** What was done so long before and behind pictures that are missing is told with them. */
const aroundNs = 5e9;

function describeAround(
  { life, fromNs, toNs }: Hole,
  lives: readonly Life[],
  chronicle: Chronicle,
): readonly string[] {
  return chronicle
    .between(fromNs - aroundNs, toNs + aroundNs, lives[life]!.startedNs)
    .map((words) => `life ${life}: ${words}`);
}
