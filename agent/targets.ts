// Opens what is sent to, as configured: the bucket for pictures, the index for labels, the broker for events.
import type { Clock } from "../device/clock.ts";
import type { Log } from "../device/log.ts";
import type { Store } from "../device/store/store.ts";
import { createLabelTarget } from "../sync/targets/labels.ts";
import { createPictureTarget } from "../sync/targets/pictures.ts";
import type { Target } from "../sync/targets/target.ts";
import { type BackendOptions, openBucket, openLabelIndex } from "./backends.ts";
import type { Config } from "./config.ts";
import type { Environment } from "./credentials.ts";
import { createDeliveryPlan, type DeliveryPlan } from "./deliveries.ts";

export type Targets = {
  /** Pictures before labels, as the drain wants it. */
  readonly list: readonly Target[];
  readonly plan: DeliveryPlan;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

export type TargetsOptions = {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Environment;
  /** Where events go; null: nowhere, and none are kept. */
  readonly events: Target | null;
};

/** What bucket and index are opened with. */
export function backendOptions({
  config,
  env,
  log,
}: Pick<TargetsOptions, "config" | "env" | "log">): BackendOptions {
  const { endpoint, region, caFile } = config.sync;
  return { data: config.data, endpoint, region, caFile, env, log };
}

/** Opens the targets; nothing is sent yet. @throws AddressError, CredentialsError */
export function openTargets(options: TargetsOptions): Targets {
  const { config, store, clock, events } = options;
  const { sync, record } = config;
  const opened = sync.bucket === null ? null : openBucket(sync.bucket, backendOptions(options));
  const pictures =
    opened === null ? null : createPictureTarget({ ...opened, store, concurrency: sync.concurrency });
  const bucketName = opened === null ? "" : [opened.bucket.name, opened.folder].filter(Boolean).join("/");
  const labels =
    sync.index === null
      ? null
      : createLabelTarget({
          index: openLabelIndex(sync.index, backendOptions(options)),
          store,
          pictures: pictures === null ? null : { target: pictures.name, bucketName },
          clock,
        });
  const list = [pictures, labels, events].filter((target) => target !== null);
  const plan = createDeliveryPlan({
    pictureTargets: pictures === null ? [] : [pictures.name],
    labelTargets: labels === null ? [] : [labels.name],
    eventTargets: events === null ? [] : [events.name],
    holdBackMs: record.holdBackMs,
  });
  let closed = false;
  return {
    list,
    plan,
    close: async () => {
      if (closed) return;
      closed = true;
      await Promise.all(list.map((target) => target.close()));
    },
  };
}
