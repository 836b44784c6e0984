// The whole way of a car's frames, proved on real ones: a tub is replayed through camera and gamepad into a fresh store, sent
// to bucket and index, found again by query, downloaded into an empty folder, and compared byte for byte.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../device/clock.ts";
import type { LabelDocument } from "../../device/label.ts";
import type { Log } from "../../device/log.ts";
import { parseQuery } from "../../device/query.ts";
import { readTubRecords, type TubRecord } from "../../device/tub.ts";
import { type Agent, openAgent } from "../agent.ts";
import { backendOptions, bucketsByName, openBucket, openLabelIndex } from "../backends.ts";
import { type Config, parseConfig } from "../config.ts";
import type { Environment } from "../credentials.ts";
import type { Person } from "../person.ts";
import { openPictureFolder } from "../picture-folder.ts";
import { recorderOptions } from "../record/recorder-options.ts";
import { labelOfStick, stoppedSpeed } from "../record/stick-label.ts";
import { search } from "../search.ts";
import { createScaledClock } from "./scaled-clock.ts";

export type ReplayProofOptions = {
  /** Folder of a donkeycar tub (v2). */
  readonly tub: string;
  /** Work folder; what a proof left there before is deleted. */
  readonly work: string;
  readonly bucket: string;
  readonly index: string;
  readonly endpoint: string | null;
  /** How much faster than recorded. */
  readonly speed: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Environment;
  readonly random: () => number;
  readonly person: Person;
  readonly signal: AbortSignal;
};

/** The proof holds when `problems` is empty. */
export type ReplayProof = {
  /** Records of the tub, and those of them in which the car moves. */
  readonly records: number;
  readonly moving: number;
  readonly stored: number;
  readonly labelled: number;
  /** Labels whose classes are those of the tub's own record of that very picture. */
  readonly labelsRight: number;
  readonly inBucket: number;
  readonly found: number;
  readonly downloaded: number;
  /** Downloaded pictures equal, byte for byte, to a picture of the tub, each tub picture counted once. */
  readonly identical: number;
  readonly labelSkewMs: { readonly p50: number | null; readonly p99: number | null };
  readonly seconds: number;
  readonly problems: readonly string[];
};

/** Plays the whole way once. */
export async function proveReplay(options: ReplayProofOptions): Promise<ReplayProof> {
  const { clock, signal, person } = options;
  const startedNs = clock.monotonicNs();
  const data = join(options.work, "data");
  const pictures = join(options.work, "downloaded");
  for (const folder of [data, pictures]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(pictures, { recursive: true });
  const event = `replay-${Math.floor(clock.now().wallUs / 1000).toString(36)}`;
  const config = configOfProof(options, data, event);
  const tub = await readTub(options.tub);

  const agent = await openAgent({
    ...options,
    config,
    clock: createScaledClock(clock, options.speed),
    keyboard: null,
    mqtt: false,
  });
  let recorded: {
    stored: number;
    labelled: number;
    labelsRight: number;
    labelSkewMs: ReplayProof["labelSkewMs"];
  };
  try {
    person.tell(`replaying ${tub.records.length} records at ${options.speed} times their pace`);
    const summary = await agent.run(signal);
    await finishSending(agent, person, signal);
    recorded = {
      stored: summary.stored,
      labelled: summary.labels,
      labelsRight: countRight(agent, config),
      labelSkewMs: summary.labelSkewMs,
    };
  } finally {
    await agent.close();
  }
  const fetched = await fetchBack({ options, config, event, pictures });
  const proof = {
    records: tub.records.length,
    moving: tub.records.filter((record) => labelOf(record, config).speed !== stoppedSpeed).length,
    ...recorded,
    ...fetched,
    identical: countIdentical(fetched.documents, pictures, tub.hashes),
    seconds: (clock.monotonicNs() - startedNs) / 1e9,
  };
  const { documents: _documents, ...figures } = proof;
  return { ...figures, problems: problemsOf(figures) };
}

function configOfProof(
  { tub, bucket, index, endpoint }: ReplayProofOptions,
  data: string,
  event: string,
): Config {
  return parseConfig(
    {
      device: "replay",
      data,
      cameras: [{ id: "front", url: `tub:${tub}`, width: 160, height: 120, fps: 20 }],
      gamepad: `tub:${tub}`,
      drive: "none:",
      session: { event, comment: "replay of a tub" },
      record: { delayMs: 0, standingEveryMs: 0, holdBackMs: 0 },
      sync: { bucket, index, endpoint },
    },
    "of the replay",
  );
}

type Tub = { readonly records: readonly TubRecord[]; readonly hashes: Map<string, number> };

/** The records, and how often each picture's hash is among them. */
async function readTub(directory: string): Promise<Tub> {
  const records: TubRecord[] = [];
  const hashes = new Map<string, number>();
  for await (const record of readTubRecords(directory)) {
    records.push(record);
    const hash = hashOf(readFileSync(record.picturePath));
    hashes.set(hash, (hashes.get(hash) ?? 0) + 1);
  }
  return { records, hashes };
}

async function finishSending(agent: Agent, person: Person, signal: AbortSignal): Promise<void> {
  const statuses = await agent.drain.run({ follow: false, signal });
  for (const { name, problem } of statuses) if (problem !== null) person.tell(`${name}: ${problem}`);
}

function labelOf(record: { readonly angle: number; readonly throttle: number }, config: Config) {
  return labelOfStick({ steering: record.angle, throttle: record.throttle }, recorderOptions(config).mapping);
}

/** Compares each stored label with what the tub says of the same picture. */
function countRight(agent: Agent, config: Config): number {
  let right = 0;
  for (const frame of agent.store.frames.range()) {
    const [document] = agent.store.labels.ofFrame(frame.imgId);
    const { angle, throttle } = (frame.truth ?? {}) as { angle?: number; throttle?: number };
    if (document === undefined || angle === undefined || throttle === undefined) continue;
    const expected = labelOf({ angle, throttle }, config);
    if (
      document.label.label_direction === expected.direction &&
      document.label.label_speed === expected.speed
    )
      right += 1;
  }
  return right;
}

type Fetched = {
  readonly inBucket: number;
  readonly found: number;
  readonly downloaded: number;
  readonly documents: readonly LabelDocument[];
};

async function fetchBack({
  options,
  config,
  event,
  pictures,
}: {
  options: ReplayProofOptions;
  config: Config;
  event: string;
  pictures: string;
}): Promise<Fetched> {
  const { clock, person, signal } = options;
  const backends = backendOptions({ config, env: options.env, log: options.log });
  const opened = openBucket(options.bucket, backends);
  const buckets = bucketsByName(opened, backends);
  const index = openLabelIndex(options.index, backends);
  try {
    await index.refresh(signal);
    const query = parseQuery({ event: { type: "term", field: "keyword", value: event, bool: "filter" } });
    const result = await search({
      query,
      index,
      bucketNamed: buckets.named,
      folder: openPictureFolder(pictures),
      dryRun: false,
      person: { ...person, confirm: async () => true },
      nowUs: () => clock.now().wallUs,
      signal,
    });
    const documents: LabelDocument[] = [];
    for await (const document of index.search(query, signal)) documents.push(document);
    let inBucket = 0;
    for await (const _object of opened.bucket.list(
      [opened.folder, event, ""].filter((part, at) => part !== "" || at === 2).join("/"),
      signal,
    ))
      inBucket += 1;
    for (const { imgId, reason } of result.failed) person.tell(`${imgId}: ${reason}`);
    return { inBucket, found: result.labels, downloaded: result.downloaded, documents };
  } finally {
    await Promise.all([buckets.close(), index.close()]);
  }
}

function countIdentical(
  documents: readonly LabelDocument[],
  directory: string,
  hashes: ReadonlyMap<string, number>,
): number {
  const left = new Map(hashes);
  let identical = 0;
  for (const { file_name: name } of documents) {
    const hash = hashOf(readFileSync(join(directory, name ?? "")));
    const count = left.get(hash) ?? 0;
    if (count === 0) continue;
    left.set(hash, count - 1);
    identical += 1;
  }
  return identical;
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function problemsOf(figures: Omit<ReplayProof, "problems">): string[] {
  const problems: string[] = [];
  const expect = (what: string, got: number, wanted: number): void => {
    if (got !== wanted) problems.push(`${what}: expected ${wanted}, got ${got}`);
  };
  expect("frames stored", figures.stored, figures.records);
  expect("labels as in the tub", figures.labelsRight, figures.labelled);
  expect("objects in the bucket", figures.inBucket, figures.stored);
  expect("labels found", figures.found, figures.labelled);
  expect("pictures downloaded", figures.downloaded, figures.found);
  expect("pictures identical", figures.identical, figures.downloaded);
  return problems;
}

/** The proof for a person. */
export function describeReplayProof(proof: ReplayProof): string {
  const { p50, p99 } = proof.labelSkewMs;
  return [
    `tub records            ${proof.records} (${proof.moving} with the car moving)`,
    `stored with truth      ${proof.stored} frames, ${proof.labelled} labels`,
    `labels as in the tub   ${proof.labelsRight} of ${proof.labelled} (stick age p50 ${p50?.toFixed(1)} ms, p99 ${p99?.toFixed(1)} ms)`,
    `objects in the bucket  ${proof.inBucket}`,
    `found by query         ${proof.found}`,
    `downloaded             ${proof.downloaded}`,
    `identical, byte for byte  ${proof.identical}`,
    proof.problems.length === 0
      ? `the proof holds (${proof.seconds.toFixed(1)} s)`
      : `THE PROOF FAILS:\n  ${proof.problems.join("\n  ")}`,
  ].join("\n");
}
