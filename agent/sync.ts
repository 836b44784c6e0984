// Sending what waits, by hand: once to empty or following, with everything the store has for a target that is new to it.
import type { Clock } from "../device/clock.ts";
import { isFromDataset } from "../device/frame.ts";
import type { Log } from "../device/log.ts";
import { lanes, type OutboxDraft } from "../device/store/outbox.ts";
import type { Store } from "../device/store/store.ts";
import { isDamagedPage } from "../device/store/table.ts";
import type { TargetStatus } from "../sync/drain.ts";
import type { Config } from "./config.ts";
import type { Environment } from "./credentials.ts";
import type { DeliveryPlan } from "./deliveries.ts";
import { inBatches } from "./in-parallel.ts";
import { limitsOf } from "./limits.ts";
import type { Person } from "./person.ts";
import { openSending } from "./sending.ts";
import type { Targets } from "./targets.ts";

export type SyncOptions = {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Environment;
  readonly random: () => number;
  readonly person: Person;
  /** true: go on until the signal aborts. */
  readonly follow: boolean;
  /** true: look through the whole store for things a target has no receipt for. */
  readonly all: boolean;
  /** true: upload hours and a metered link do not count; the cap on bytes does. Default false. */
  readonly anyTime?: boolean;
  readonly signal: AbortSignal;
};

export type SyncResult = {
  /** Entries added because a target is new, or `all` was asked. */
  readonly enqueued: number;
  readonly delivered: number;
  /** Of those, how many the target had already. */
  readonly already: number;
  readonly waiting: number;
  readonly parked: number;
  /** It was stopped before everything was tried; what was delivered is booked. */
  readonly stopped: boolean;
  readonly targets: readonly TargetStatus[];
};

const progressEveryMs = 200;

/** Delivers. Never throws for a target that is away: it says so in the result. */
export async function sync(options: SyncOptions): Promise<SyncResult> {
  const { config, store, person, follow, signal, anyTime = false } = options;
  const limits = limitsOf(config);
  const sending = openSending({
    ...options,
    events: null,
    limits: anyTime ? { ...limits, windows: [], metered: false } : limits,
  });
  const { targets, drain } = sending;
  const noticing = new AbortController();
  const noticed = sending.follow(noticing.signal);
  try {
    const enqueued = await enqueueMissing(store, targets.plan, { all: options.all, signal });
    if (enqueued > 0) person.tell(`${enqueued} things were not booked for these targets yet; they are now`);
    const statuses = await withProgress({ store, targets, person }, () => drain.run({ follow, signal }));
    return {
      enqueued,
      delivered: statuses.reduce((sum, { delivered }) => sum + delivered, 0),
      already: statuses.reduce((sum, { already }) => sum + already, 0),
      waiting: waitingFor(store, targets),
      parked: targets.list.reduce((sum, { name }) => sum + store.outbox.parked({ target: name }).length, 0),
      stopped: signal.aborted && !follow,
      targets: statuses,
    };
  } finally {
    noticing.abort();
    await noticed;
    await sending.close();
  }
}

/** Shows how far `work` is by what waits less. */
async function withProgress<T>(
  { store, targets, person }: { readonly store: Store; readonly targets: Targets; readonly person: Person },
  work: () => Promise<T>,
): Promise<T> {
  const total = waitingFor(store, targets);
  const bar = person.progress("sending", total);
  let shown = 0;
  const timer = setInterval(() => {
    const done = total - waitingFor(store, targets);
    for (; shown < done; shown += 1) bar.step();
  }, progressEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    bar.end();
  }
}

/** The result for a person; the last line says it in numbers. */
export function describeSync(result: SyncResult): string {
  const problems = result.targets.flatMap(({ name, problem, blocked }) =>
    [problem, blocked].flatMap((words) => (words === null ? [] : [`${name}: ${words}`])),
  );
  return [
    ...problems,
    `delivered ${result.delivered} (${result.already} already there), waiting ${result.waiting}, failed ${result.parked}`,
  ].join("\n");
}

function waitingFor(store: Store, { list }: Targets): number {
  const waiting = store.outbox.waiting();
  return list.reduce(
    (sum, { name }) =>
      sum + lanes.reduce((inLanes, lane) => inLanes + (waiting[name]?.[lane].entries ?? 0), 0),
    0,
  );
}

/** Frames looked at in one commit. */
const batchSize = 500;

/**
 * Books what a target has neither receipt nor entry for. Only targets the store never met, and nothing that came from a data set,
 * unless `all`. Resolves with the number of new entries.
 */
export async function enqueueMissing(
  store: Store,
  plan: DeliveryPlan,
  options: { all: boolean; signal: AbortSignal },
): Promise<number> {
  const met = new Set([...Object.keys(store.outbox.delivered()), ...Object.keys(store.outbox.waiting())]);
  const isWanted = (target: string): boolean => options.all || !met.has(target);
  const sequences = plan.sequenceTargets.some(isWanted)
    ? await enqueueSequences(store, plan, { isWanted, signal: options.signal })
    : 0;
  const wanted = new Set([...plan.pictureTargets, ...plan.labelTargets].filter(isWanted));
  if (wanted.size === 0) return sequences;
  let enqueued = sequences;
  let batch: string[] = [];
  const flush = async (): Promise<void> => {
    const imgIds = batch;
    batch = [];
    enqueued += await store.commit(() =>
      imgIds.reduce((sum, imgId) => sum + enqueueFrame(store, plan, wanted, imgId), 0),
    );
  };
  for (const frame of store.frames.range()) {
    options.signal.throwIfAborted();
    if (frame.erasedAtUs === null && (options.all || !isFromDataset(frame))) batch.push(frame.imgId);
    if (batch.length >= batchSize) await flush();
  }
  if (batch.length > 0) await flush();
  return enqueued;
}

function enqueueFrame(store: Store, plan: DeliveryPlan, wanted: ReadonlySet<string>, imgId: string): number {
  const frame = store.frames.get(imgId);
  if (frame === null) return 0;
  const missing = plan
    .ofFrame(frame, readableLabels(store, imgId))
    .filter(
      ({ target, kind, id }) =>
        wanted.has(target) &&
        store.outbox.receipt(kind, id, target) === null &&
        !store.outbox.isWaiting(kind, id, target),
    );
  for (const draft of missing) store.outbox.enqueue({ ...draft, notBeforeUs: null });
  return missing.length;
}

/** Where the page of its labels is damaged a frame goes without them: what lies behind it must not wait for ever. */
function readableLabels(store: Store, imgId: string): ReturnType<Store["labels"]["ofFrame"]> {
  try {
    return store.labels.ofFrame(imgId);
  } catch (cause) {
    if (!isDamagedPage(cause)) throw cause;
    store.counters.add("damaged", 1);
    store.journal.write("sync.labels_unreadable", { imgId, reason: (cause as Error).message });
    return [];
  }
}

/** Sequences that are over, have a picture left, and that a target was never told of. Resolves with how many entries there are more. */
async function enqueueSequences(
  store: Store,
  plan: DeliveryPlan,
  { isWanted, signal }: { readonly isWanted: (target: string) => boolean; readonly signal: AbortSignal },
): Promise<number> {
  const { outbox, frames, seen } = store;
  const missingOf = (id: string): readonly OutboxDraft[] => {
    const sequence = seen.sequences.get(id);
    if (sequence === null || sequence.closedAt === null) return [];
    // One that was brought in from elsewhere is no news to anybody.
    const isOurs = [sequence.bestImgId, sequence.firstImgId, sequence.lastImgId].some((imgId) => {
      const frame = frames.get(imgId);
      return frame !== null && !isFromDataset(frame);
    });
    if (!isOurs) return [];
    return plan
      .ofSequence(sequence)
      .filter(
        ({ target, kind }) =>
          isWanted(target) &&
          outbox.receipt(kind, id, target) === null &&
          !outbox.isWaiting(kind, id, target),
      );
  };
  let enqueued = 0;
  for (const ids of inBatches([...seen.sequences.keys()], batchSize)) {
    signal.throwIfAborted();
    enqueued += await store.commit(() => {
      const drafts = ids.flatMap(missingOf);
      for (const draft of drafts) outbox.enqueue(draft);
      return drafts.length;
    });
  }
  return enqueued;
}
