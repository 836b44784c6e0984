// Store, bucket and index of a drive held against each other, and the numbers of its frames against what the camera lost.

import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import { backendOptions } from "../backends.ts";
import type { Config } from "../config.ts";
import type { Environment } from "../credentials.ts";
import { storeFolder } from "../folders.ts";
import { observeBucket, observeIndex, observeStore } from "./faults/observe.ts";

/** Complete when `problems` is empty. */
export type Places = {
  readonly stored: number;
  readonly inBucket: number;
  readonly identical: number;
  readonly labels: number;
  readonly inIndex: number;
  readonly problems: readonly string[];
};

export type PlacesDeps = {
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Environment;
  readonly signal: AbortSignal;
};

/** Reads all three, when the agent has gone. @param event of the session, which nobody else uses. */
export async function comparePlaces(config: Config, event: string, deps: PlacesDeps): Promise<Places> {
  const { clock, log, env, signal } = deps;
  const backends = backendOptions({ config, env, log });
  const { stored, waiting, parked } = await observeStore(storeFolder(config.data), { clock, log });
  const objects = await observeBucket(config.sync.bucket!, event, backends, signal);
  const documents = await observeIndex(config.sync.index!, event, backends, signal);
  const labels = [...stored.values()].flatMap(({ fingerprints }) => fingerprints);
  const identical = objects.filter(({ imgId, md5 }) => stored.get(imgId)?.md5 === md5).length;
  const found = documents.map(({ fingerprint }) => fingerprint);
  const problems = [
    ...differences(
      "frames in the bucket",
      [...stored.keys()],
      objects.map(({ imgId }) => imgId),
    ),
    ...differences("labels in the index", labels, found),
    ...(identical === objects.length ? [] : [`${objects.length - identical} objects have other bytes`]),
    ...(waiting === 0 ? [] : [`${waiting} entries wait still`]),
    ...(parked === 0 ? [] : [`${parked} entries were refused`]),
  ];
  return {
    stored: stored.size,
    inBucket: objects.length,
    identical,
    labels: labels.length,
    inIndex: found.length,
    problems,
  };
}

/** What is missing, what is there twice, what is there and should not be. */
function differences(what: string, wanted: readonly string[], got: readonly string[]): readonly string[] {
  const there = new Set(got);
  const known = new Set(wanted);
  const missing = wanted.filter((each) => !there.has(each)).length;
  const strange = got.filter((each) => !known.has(each)).length;
  const doubled = got.length - there.size;
  return [
    ...(missing === 0 ? [] : [`${what}: ${missing} are missing`]),
    ...(doubled === 0 ? [] : [`${what}: ${doubled} are there twice`]),
    ...(strange === 0 ? [] : [`${what}: ${strange} are nobody's`]),
  ];
}
