// Opens what is sent to, as configured: the bucket for pictures, the index for labels, the broker for events.
import type { Clock } from "../device/clock.ts";
import type { Log } from "../device/log.ts";
import type { Store } from "../device/store/store.ts";
import { createLabelTarget } from "../sync/targets/labels.ts";
import { createPictureTarget } from "../sync/targets/pictures.ts";
import type { Target } from "../sync/targets/target.ts";
import { backendOptions, openBucket, openLabelIndex } from "./backends.ts";
import { createClosing } from "./closing.ts";
import type { Config } from "./config.ts";
import type { Environment } from "./credentials.ts";
import { createDeliveryPlan, type DeliveryPlan } from "./deliveries.ts";
import { joinKey } from "./picture-address.ts";

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

/**
 * Opens the targets; nothing is sent yet. When one cannot be opened, those opened before are closed again.
 * @throws AddressError, CredentialsError
 */
export function openTargets(options: TargetsOptions): Targets {
  const { sync, record } = options.config;
  const closing = createClosing();
  try {
    const opened = sync.bucket === null ? null : openBucket(sync.bucket, backendOptions(options));
    const pictures =
      opened === null
        ? null
        : closing.add(
            createPictureTarget({ ...opened, store: options.store, concurrency: sync.concurrency }),
          );
    const labels =
      sync.index === null
        ? null
        : closing.add(
            createLabelTarget({
              index: openLabelIndex(sync.index, backendOptions(options)),
              store: options.store,
              pictures:
                opened === null || pictures === null
                  ? null
                  : { target: pictures.name, bucketName: joinKey(opened.bucket.name, opened.folder) },
              clock: options.clock,
            }),
          );
    const events = options.events === null ? null : closing.add(options.events);
    return {
      list: [pictures, labels, events].filter((target) => target !== null),
      plan: createDeliveryPlan({
        pictureTargets: pictures === null ? [] : [pictures.name],
        labelTargets: labels === null ? [] : [labels.name],
        eventTargets: events === null ? [] : [events.name],
        holdBackMs: record.holdBackMs,
      }),
      close: closing.close,
    };
  } catch (cause) {
    // The first failure is the one to tell.
    closing.close().catch((failure: unknown) => options.log.debug({ failure }, "closing failed, too"));
    throw cause;
  }
}
