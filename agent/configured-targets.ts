// The names of the targets that a configuration sends to, so that what waits for any other can be told and forgotten.
import { silentLog } from "../device/log.ts";
import { pictureTargetName } from "../sync/targets/pictures.ts";
import { openBucket, openLabelIndex } from "./backends.ts";
import type { Config } from "./config.ts";
import { configuredPlatformNames } from "./open-alert-platform.ts";
import { configuredAnnotationName } from "./open-annotation-target.ts";
import { placesOf } from "./places.ts";
import { createTopics, eventTargetName } from "./remote/topics.ts";

/** Nothing is sent, so no real keys are asked for: a name must be known also on a machine that may not send. */
const noKeys = { AWS_ACCESS_KEY_ID: "-", AWS_SECRET_ACCESS_KEY: "-" };

/** The names, as the outbox has them. @throws AddressError */
export async function configuredTargets(config: Config): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const { bucket, index, endpoint, region } of placesOf(config.sync)) {
    const options = { data: config.data, endpoint, region, caFile: null, env: noKeys, log: silentLog };
    if (bucket !== null) {
      const opened = openBucket(bucket, options);
      names.add(pictureTargetName(opened.bucket, opened.folder));
      await opened.bucket.close();
    }
    if (index !== null) {
      const opened = openLabelIndex(index, options);
      names.add(opened.url);
      await opened.close();
    }
  }
  const annotation = configuredAnnotationName(config);
  if (annotation !== null) names.add(annotation);
  for (const name of configuredPlatformNames(config)) names.add(name);
  if (config.mqtt.url !== null) names.add(eventTargetName(createTopics(config.mqtt.base, config.device)));
  return names;
}
