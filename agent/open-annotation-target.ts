// Opens the annotation API that closed sequences go to, as configured.
import type { Clock } from "../device/clock.ts";
import type { Log } from "../device/log.ts";
import type { Store } from "../device/store/store.ts";
import type { Pace } from "../sync/bandwidth.ts";
import type { AnnotationApi } from "../sync/clients/annotation-api.ts";
import { createAnnotationApi } from "../sync/clients/annotation-client.ts";
import { annotationTargetName, createAnnotationTarget } from "../sync/targets/annotation.ts";
import type { Target } from "../sync/targets/target.ts";
import type { Config } from "./config.ts";
import { type Environment, readAnnotationLogin } from "./credentials.ts";
import type { SequenceTarget } from "./deliveries.ts";
import { isOneOf, placeOfCamera } from "./sequence-places.ts";

export type AnnotationDeps = {
  readonly config: Config;
  readonly store: Store;
  readonly env: Environment;
  readonly log: Log;
  readonly clock: Clock;
  /** Gives [0, 1). */
  readonly random: () => number;
  /** How fast pictures go out; not given: as fast as the link takes them. */
  readonly pace?: Pace;
};

/** What the outbox calls the configured one; null: none is configured. */
export function configuredAnnotationName({ sync }: Pick<Config, "sync">): string | null {
  return sync.annotation === null ? null : annotationTargetName(sync.annotation.url);
}

/** The client of the configured one, as the account of the environment; null: none is configured. @throws CredentialsError */
export function openAnnotationApi({
  config,
  env,
  pace,
}: Pick<AnnotationDeps, "config" | "env" | "pace">): AnnotationApi | null {
  const { annotation, caFile } = config.sync;
  if (annotation === null) return null;
  const { url, concurrency } = annotation;
  // Asked once now, so that a missing account is said before anything is done.
  readAnnotationLogin(env, url);
  return createAnnotationApi({
    url,
    maxConnections: concurrency,
    login: async () => readAnnotationLogin(env, url),
    ...(caFile === null ? {} : { caFile }),
    ...(pace === undefined ? {} : { pace }),
  });
}

/** The target, and what of it the plan has to know; null: none is configured. @throws CredentialsError */
export function openAnnotationTarget(
  deps: AnnotationDeps,
): { readonly target: Target; readonly plan: SequenceTarget; readonly required: boolean } | null {
  const { config, store, log, clock, random } = deps;
  const api = openAnnotationApi(deps);
  const { annotation } = config.sync;
  if (api === null || annotation === null) return null;
  const { sourceApi, organisation, maxPictures, concurrency, classes, smoke, required } = annotation;
  const target = createAnnotationTarget({
    api,
    store,
    log,
    clock,
    random,
    sourceApi,
    organisation,
    placeOf: (camera) => placeOfCamera(config, camera),
    isSmoke: (className) => isOneOf(className, smoke),
    maxPictures,
    picturesAtOnce: concurrency,
  });
  const cameras = new Set(config.cameras.map(({ id }) => id));
  return {
    target,
    required,
    plan: {
      name: target.name,
      maxPictures,
      // Sequences of other cameras were brought in from elsewhere, or are of a camera that is gone.
      takes: ({ camera, className }) => cameras.has(camera) && isOneOf(className, classes),
    },
  };
}
