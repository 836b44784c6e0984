// The judge of the fault bench: compares what the cameras gave with what store, bucket, index and broker have, and says what broke.
// It only compares; reading is observe.ts.
import { ranBetweenMs, type Standstill } from "./standstills.ts";
import type { TruthFrame } from "./truth.ts";

/** One life of the agent's process, on the machine's monotonic clock. */
export type Life = {
  readonly startedNs: number;
  /** When it was killed or asked to stop. */
  readonly endedNs: number;
  /** Pictures that it itself counted as lost: recorder and cameras together. */
  readonly counted: number;
  /** Newest pictures that it may lose with its end, ms in which it ran: commit window and a commit of that moment. */
  readonly lossMs: number;
  /** When it could not run. */
  readonly standstills: readonly Standstill[];
};

export type StoredFrame = {
  /** null: the picture is not there, or not whole. */
  readonly md5: string | null;
  /** Of its labels. */
  readonly fingerprints: readonly string[];
  /** true: somebody took it back (a pad that talks nonsense presses that button, too), so bucket and index must not have it. */
  readonly isErased?: boolean;
};

/** What there is. */
export type Seen = {
  /** By img_id. */
  readonly stored: ReadonlyMap<string, StoredFrame>;
  readonly objects: readonly { readonly imgId: string; readonly md5: string }[];
  readonly documents: readonly { readonly imgId: string; readonly fingerprint: string }[];
  /** The store's own counts of what it dropped, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
};

export type Case = {
  readonly truth: readonly TruthFrame[];
  readonly lives: readonly Life[];
  readonly seen: Seen;
  /** What earlier looks found in the store: acknowledged, for it was on disk. */
  readonly before: ReadonlyMap<string, StoredFrame>;
  /** true: everything was sent, so bucket and index must be complete. */
  readonly isSent: boolean;
  /** Events whose request was answered, by note, and how often each came after the filter by id. */
  readonly marks: ReadonlyMap<string, number>;
};

export type Verdict = {
  /** Acknowledged and missing, or never counted and missing. */
  readonly lost: number;
  readonly doubled: number;
  /** Pictures lost with the end of a life, as declared: all, and most of one camera in one life. */
  readonly declared: number;
  readonly worstDeclared: number;
  /** Age of the oldest of them when its life ended, ms, and the longest that a life ran since one of them. */
  readonly worstDeclaredMs: number;
  readonly worstDeclaredRanMs: number;
  /** Lost and counted by the agent. */
  readonly counted: number;
  /** What broke, each with its invariant; none: all promises were kept. */
  readonly problems: readonly string[];
  /** Where pictures are missing that were not counted: the rig adds what was done to it then. */
  readonly holes: readonly Hole[];
};

/** Pictures of one life that are missing uncounted: from the first to the last of them, monotonic ns. */
export type Hole = { readonly life: number; readonly fromNs: number; readonly toNs: number };

/** Judges. Invariants: I1 nothing acknowledged is missing; I2 one object, one document, one event; I3 nothing is deleted before its time; I5 nothing is lost without being counted. */
export function judge(given: Case): Verdict {
  const unmet = sentUnseen(given);
  const met: Case = { ...given, before: new Map([...given.before, ...unmet]) };
  const findings = [
    judgeCapture(met),
    judgeDeletions(given, unmet.size),
    judgeCopies(met),
    judgeMarks(given),
  ];
  return {
    lost: sum(findings.map(({ lost }) => lost)),
    doubled: sum(findings.map(({ doubled }) => doubled)),
    declared: sum(findings.map(({ declared = 0 }) => declared)),
    worstDeclared: Math.max(...findings.map(({ worstDeclared = 0 }) => worstDeclared)),
    worstDeclaredMs: Math.max(...findings.map(({ worstDeclaredMs = 0 }) => worstDeclaredMs)),
    worstDeclaredRanMs: Math.max(...findings.map(({ worstDeclaredRanMs = 0 }) => worstDeclaredRanMs)),
    counted: sum(findings.map(({ counted = 0 }) => counted)),
    problems: findings.flatMap(({ problems }) => problems),
    holes: findings.flatMap(({ holes = [] }) => holes),
  };
}

/**
 * Frames that were stored, sent, and dropped to make room between two looks: bucket and index have them, and the store counted as many drops
 * of what was sent.
 */
function sentUnseen({ truth, seen, before }: Case): ReadonlyMap<string, StoredFrame> {
  const given = new Set(truth.map(({ md5 }) => md5));
  const gone = [...before.keys()].filter((imgId) => !seen.stored.has(imgId)).length;
  const fingerprints = new Map<string, string[]>();
  for (const { imgId, fingerprint } of seen.documents)
    fingerprints.set(imgId, [...(fingerprints.get(imgId) ?? []), fingerprint]);
  const found = seen.objects.filter(
    ({ imgId, md5 }) => !seen.stored.has(imgId) && !before.has(imgId) && given.has(md5),
  );
  const allowed = Math.max(0, (seen.dropped.sent ?? 0) - gone);
  return new Map(
    found
      .slice(0, allowed)
      .map(({ imgId, md5 }) => [imgId, { md5, fingerprints: fingerprints.get(imgId) ?? [] }]),
  );
}

type Finding = Pick<Verdict, "lost" | "doubled" | "problems"> &
  Partial<
    Pick<
      Verdict,
      "declared" | "worstDeclared" | "worstDeclaredMs" | "worstDeclaredRanMs" | "counted" | "holes"
    >
  >;

/** I5, and I2 in the store: every picture is stored once, or was counted, or was among the last of a life. */
function judgeCapture({ truth, lives, seen, before }: Case): Finding {
  const problems: string[] = [];
  const uncounted: Hole[] = [];
  const given = countBy(truth, ({ md5 }) => md5);
  const everStored = new Map([...before, ...seen.stored]);
  const kept = countBy([...everStored.values()], ({ md5 }) => md5 ?? "");
  const torn = [...seen.stored]
    .filter(([, { md5 }]) => md5 === null || !given.has(md5))
    .map(([imgId]) => imgId);
  if (torn.length > 0)
    problems.push(`I1: ${torn.length} stored pictures are not what a camera gave (${some(torn)})`);
  const doubles = [...kept].filter(([md5, count]) => given.has(md5) && count > given.get(md5)!);
  const doubled = sum(doubles.map(([md5, count]) => count - given.get(md5)!));
  if (doubled > 0) problems.push(`I2: ${doubled} pictures are stored twice`);

  let declared = 0;
  let worstDeclared = 0;
  let worstDeclaredMs = 0;
  let worstDeclaredRanMs = 0;
  let counted = 0;
  let lost = 0;
  lives.forEach((life, at) => {
    const untilNs = lives[at + 1]?.startedNs ?? Number.POSITIVE_INFINITY;
    const own = truth.filter(({ monotonicNs }) => monotonicNs >= life.startedNs && monotonicNs < untilNs);
    const missing = own.filter(({ md5, isGiven }) => !takeOne(kept, md5) && isGiven);
    const ranMs = ({ monotonicNs }: TruthFrame): number =>
      ranBetweenMs(monotonicNs, life.endedNs, life.standstills);
    const tail = missing.filter((frame) => ranMs(frame) <= life.lossMs);
    // What left the camera after the end was nobody's to keep.
    const cut = tail.filter(({ monotonicNs }) => monotonicNs < life.endedNs);
    const declaredOf = countBy(cut, ({ camera }) => camera);
    worstDeclaredMs = Math.max(
      worstDeclaredMs,
      ...cut.map(({ monotonicNs }) => (life.endedNs - monotonicNs) / 1e6),
    );
    worstDeclaredRanMs = Math.max(worstDeclaredRanMs, ...cut.map(ranMs));
    declared += sum([...declaredOf.values()]);
    worstDeclared = Math.max(worstDeclared, ...declaredOf.values());
    const holes = missing.filter((frame) => !tail.includes(frame));
    const excused = Math.min(holes.length, life.counted);
    counted += excused;
    if (holes.length > excused) {
      lost += holes.length - excused;
      problems.push(
        `I5: life ${at}: ${holes.length} pictures are missing, ${life.counted} were counted (${describeHoles(holes, life)})`,
      );
      const moments = holes.map(({ monotonicNs }) => monotonicNs);
      uncounted.push({ life: at, fromNs: Math.min(...moments), toNs: Math.max(...moments) });
    }
  });
  return {
    lost: lost + torn.length,
    doubled,
    declared,
    worstDeclared,
    worstDeclaredMs,
    worstDeclaredRanMs,
    counted,
    problems,
    holes: uncounted,
  };
}

/** Of each camera the first and the last that is missing, when they left it, and how many: "cam0 84 to 94, 11 of them, 8.40 s to 9.40 s of its 9.95 s". */
function describeHoles(holes: readonly TruthFrame[], { startedNs, endedNs }: Life): string {
  const seconds = (ns: number): string => `${((ns - startedNs) / 1e9).toFixed(2)} s`;
  const cameras = [...new Set(holes.map(({ camera }) => camera))];
  const each = cameras.map((camera) => {
    const own = holes.filter((hole) => hole.camera === camera);
    const [first, last] = [own[0]!, own.at(-1)!];
    return `${camera} ${first.sequence} to ${last.sequence}, ${own.length} of them, ${seconds(first.monotonicNs)} to ${seconds(last.monotonicNs)}`;
  });
  return `${each.join("; ")} of its ${seconds(endedNs)}`;
}

/**
 * I1 and I3: what was stored is stored still, or dropped and counted; `sent` means that bucket and index have it.
 * @param unmet drops of what was sent that are accounted for by frames no look has met.
 */
function judgeDeletions({ before, seen }: Case, unmet: number): Finding {
  const gone = [...before].filter(([imgId]) => !seen.stored.has(imgId));
  const objects = new Map(seen.objects.map(({ imgId, md5 }) => [imgId, md5]));
  const documents = new Set(seen.documents.map(({ fingerprint }) => fingerprint));
  const unsent = gone.filter(
    ([imgId, { md5, fingerprints }]) =>
      objects.get(imgId) !== md5 || !fingerprints.every((fingerprint) => documents.has(fingerprint)),
  );
  const { sent: allSent = 0, ...others } = seen.dropped;
  const sent = allSent - unmet;
  const counted = sum(Object.values(others));
  const problems: string[] = [];
  const early = Math.max(0, unsent.length - counted);
  if (early > 0)
    problems.push(
      `I3: ${unsent.length} frames were deleted before bucket and index had them, ${counted} such drops were counted (${some(unsent.map(([imgId]) => imgId))})`,
    );
  const silent = Math.max(0, gone.length - counted - sent);
  if (silent > 0)
    problems.push(`I1: ${gone.length} stored frames are gone, ${counted + sent} drops were counted`);
  return { lost: Math.max(early, silent), doubled: 0, problems };
}

/** I2 outside: one object and one document for each thing, and none of nothing. */
function judgeCopies({ truth, seen, before, isSent }: Case): Finding {
  const problems: string[] = [];
  const known = new Map([...before, ...seen.stored]);
  const given = countBy(truth, ({ md5 }) => md5);
  const objects = countBy(seen.objects, ({ imgId }) => imgId);
  const contents = countBy(seen.objects, ({ md5 }) => md5);
  const documents = countBy(seen.documents, ({ fingerprint }) => fingerprint);
  const strange = seen.objects.filter(({ imgId, md5 }) => !known.has(imgId) || known.get(imgId)!.md5 !== md5);
  if (strange.length > 0)
    problems.push(
      `I2: ${strange.length} objects are no stored frame, or have other bytes (${some(strange.map(({ imgId }) => imgId))})`,
    );
  const labels = new Set([...known.values()].flatMap(({ fingerprints }) => fingerprints));
  const strangers = [...documents.keys()].filter((fingerprint) => !labels.has(fingerprint));
  if (strangers.length > 0)
    problems.push(`I2: ${strangers.length} documents are no stored label (${some(strangers)})`);
  const doubled =
    excess(objects, () => 1) +
    excess(documents, () => 1) +
    Math.max(0, excess(contents, (md5) => given.get(md5) ?? 1) - excess(objects, () => 1));
  if (doubled > 0) problems.push(`I2: ${doubled} objects or documents are there twice`);
  if (!isSent) return { lost: strange.length, doubled: doubled + strangers.length, problems };
  const owed = [...seen.stored].filter(([, { isErased = false }]) => !isErased);
  const missingObjects = owed.map(([imgId]) => imgId).filter((imgId) => !objects.has(imgId));
  const missingDocuments = owed
    .map(([, frame]) => frame)
    .flatMap(({ fingerprints }) => fingerprints)
    .filter((fingerprint) => !documents.has(fingerprint));
  if (missingObjects.length > 0)
    problems.push(`I1: ${missingObjects.length} stored frames have no object (${some(missingObjects)})`);
  if (missingDocuments.length > 0)
    problems.push(`I1: ${missingDocuments.length} labels have no document (${some(missingDocuments)})`);
  return {
    lost: strange.length + missingObjects.length + missingDocuments.length,
    doubled: doubled + strangers.length,
    problems,
  };
}

/** What was asked over MQTT and answered happened once, and was heard. */
function judgeMarks({ marks, isSent }: Case): Finding {
  const missing = isSent ? [...marks].filter(([, times]) => times === 0) : [];
  const twice = [...marks].filter(([, times]) => times > 1);
  const problems: string[] = [];
  if (missing.length > 0)
    problems.push(
      `I1: ${missing.length} answered marks were never heard (${some(missing.map(([note]) => note))})`,
    );
  if (twice.length > 0)
    problems.push(`I2: ${twice.length} marks were carried out twice (${some(twice.map(([note]) => note))})`);
  return { lost: missing.length, doubled: twice.length, problems };
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

function takeOne(counts: Map<string, number>, key: string): boolean {
  const count = counts.get(key) ?? 0;
  if (count > 0) counts.set(key, count - 1);
  return count > 0;
}

function excess(counts: ReadonlyMap<string, number>, allowedOf: (key: string) => number): number {
  return sum([...counts].map(([key, count]) => Math.max(0, count - allowedOf(key))));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function some(names: readonly string[]): string {
  return names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")}, …`;
}
