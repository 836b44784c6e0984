// An import as a plain loop: the same calls in the same words, strictly one after the other, nothing tried again and nothing noted. What the
// real one is measured against, and how rows come to be there before it.
import { createAnnotationApi } from "../../../sync/clients/annotation-client.ts";
import { createPlatformApi } from "../../../sync/clients/platform-client.ts";
import { tracksByOverlap } from "../../import/import-one.ts";
import { readImportOptions } from "../../import/options.ts";
import { openPlatformSource } from "../../import/platform-source.ts";
import type { Servers } from "./servers.ts";

export type OneByOneOptions = {
  readonly servers: Servers;
  /** Days of the season, YYYY-MM-DD. */
  readonly from: string;
  readonly end: string;
  /** Of the sequences, in the order of their times; default all. */
  readonly sequences?: number;
  /** Of each sequence's detections, from its first; default all of the 30 an import takes. */
  readonly detections?: number;
  readonly signal: AbortSignal;
};

export type Posted = {
  /** Natural keys, `pyronear_french 12`. */
  readonly keys: readonly string[];
  readonly detections: number;
  readonly seconds: number;
};

/** @throws SyncError at the first failure. */
export async function postOneByOne(options: OneByOneOptions): Promise<Posted> {
  const { servers, signal } = options;
  const { annotation, platform } = servers;
  const account = (login: string, password: string) => async () => ({ username: login, password });
  const api = createAnnotationApi({
    url: annotation.url,
    login: account(annotation.username, annotation.password),
  });
  const reader = createPlatformApi({
    url: platform.url,
    login: account(platform.reader.login, platform.reader.password),
    adminLogin: account(platform.admin.login, platform.admin.password),
  });
  try {
    const importOptions = optionsOf(options);
    const source = await openPlatformSource({
      platform: reader,
      options: importOptions,
      again: (_doing, act) => act(),
      gone: { why: () => null, look: async () => undefined },
      person: { progress: () => ({ step: () => undefined, end: () => undefined }) },
      signal,
    });
    const startedMs = performance.now();
    const keys: string[] = [];
    let posted = 0;
    const { found } = await source.list();
    for (const one of found.slice(0, options.sequences)) {
      const { sequence } = await source.read(one);
      if (sequence === null) continue;
      const { row } = await api.createSequence(sequence.draft, signal);
      const tracked = [];
      for (const detection of sequence.detections.slice(0, options.detections)) {
        const bytes = await source.picture(detection, signal);
        const { picture: _, ...draft } = detection;
        const picture = { bytes, fileName: `${detection.alert_api_id}.jpg` };
        const created = await api.createDetection({ ...draft, sequence_id: row.id }, picture, signal);
        tracked.push({ id: created.row.id, predictions: detection.algo_predictions });
      }
      const tracks = tracksByOverlap(importOptions)(tracked, () => undefined);
      const stage = { processing_stage: "ready_to_annotate", has_missed_smoke: false } as const;
      await api.createAnnotation({ sequence_id: row.id, tracks, ...stage }, signal);
      posted += tracked.length;
      keys.push(`${sequence.draft.source_api} ${sequence.draft.alert_api_id}`);
    }
    return { keys, detections: posted, seconds: (performance.now() - startedMs) / 1000 };
  } finally {
    await Promise.all([api.close(), reader.close()]);
  }
}

function optionsOf({ servers, from, end }: OneByOneOptions) {
  const flags = {
    dateFrom: from,
    dateEnd: end,
    urlApiPlatform: servers.platform.url,
    urlApiAnnotation: servers.annotation.url,
  };
  const { options, problems } = readImportOptions(flags, Date.now());
  if (options === null) throw new Error(problems.join("; "));
  return options;
}
