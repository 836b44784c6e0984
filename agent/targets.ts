// Opens what is sent to, as configured: buckets for pictures, indexes for labels, an annotation API for sequences, the broker for events.
import type { Clock } from "../device/clock.ts";
import type { Store } from "../device/store/store.ts";
import { createLabelTarget } from "../sync/targets/labels.ts";
import type { Target } from "../sync/targets/target.ts";
import { AddressError, type BackendOptions, backendOptions, openBucket, openLabelIndex } from "./backends.ts";
import { type Closing, createClosing } from "./closing.ts";
import type { Config } from "./config.ts";
import { createDeliveryPlan, type DeliveryPlan } from "./deliveries.ts";
import { openAlertTargets } from "./open-alert-platform.ts";
import { openAnnotationTarget } from "./open-annotation-target.ts";
import { multipartOf, openPictureTarget } from "./open-picture-target.ts";
import { joinKey } from "./picture-address.ts";
import { type Place, placesOf } from "./places.ts";

export type Targets = {
  /** Pictures before labels, as the drain wants it. */
  readonly list: readonly Target[];
  readonly plan: DeliveryPlan;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

export type TargetsOptions = Pick<BackendOptions, "env" | "log" | "pace" | "onClockSkew"> & {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  /** Gives [0, 1); default Math.random. */
  readonly random?: () => number;
  /** Where events go; null: nowhere, and none are kept. */
  readonly events: Target | null;
};

/** The targets of one place; null: it has none of the kind. */
type PlaceTargets = {
  readonly pictures: Target | null;
  readonly labels: Target | null;
  readonly required: boolean;
};

/** What a label needs to know of the bucket its picture is in. */
type PicturesOf = { readonly target: string; readonly bucketName: string };

/**
 * Opens the targets; nothing is sent yet. When one cannot be opened, those opened before are closed again.
 * @throws AddressError, CredentialsError
 */
export function openTargets(options: TargetsOptions): Targets {
  const closing = createClosing();
  try {
    return assemble(options, closing);
  } catch (cause) {
    // The first failure is the one to tell.
    closing.close().catch((failure: unknown) => options.log.debug({ failure }, "closing failed, too"));
    throw cause;
  }
}

function assemble(options: TargetsOptions, closing: Closing): Targets {
  const { config, events } = options;
  const places: PlaceTargets[] = [];
  let main: PicturesOf | null = null;
  for (const place of placesOf(config.sync)) {
    const { pictures, of } = openPictures(place, options, closing);
    // A place with an index alone has the labels of the pictures of the main one.
    main ??= of;
    places.push({
      pictures,
      labels: openLabels(place, of ?? main, options, closing),
      required: place.required,
    });
  }
  const annotation = openAnnotationTarget({ random: Math.random, ...options });
  if (annotation !== null) closing.add(annotation.target);
  const alerts = openAlertTargets(options);
  for (const { target } of alerts) closing.add(target);
  if (events !== null) closing.add(events);
  const namesOf = (kind: "pictures" | "labels", which: readonly PlaceTargets[]): readonly string[] =>
    which.flatMap((place) => place[kind]?.name ?? []);
  const pictureTargets = namesOf("pictures", places);
  const labelTargets = namesOf("labels", places);
  refuseDoubles([...pictureTargets, ...labelTargets]);
  const optional = places.filter(({ required }) => !required);
  return {
    list: [
      ...places.map(({ pictures }) => pictures),
      ...places.map(({ labels }) => labels),
      annotation?.target ?? null,
      ...alerts.map(({ target }) => target),
      events,
    ].filter((target) => target !== null),
    plan: createDeliveryPlan({
      pictureTargets,
      labelTargets,
      eventTargets: events === null ? [] : [events.name],
      sequenceTargets: annotation === null ? [] : [annotation.plan],
      alertTargets: alerts.map(({ plan }) => plan),
      optionalTargets: [
        ...namesOf("pictures", optional),
        ...namesOf("labels", optional),
        ...(annotation === null || annotation.required ? [] : [annotation.target.name]),
      ],
      holdBackMs: config.record.holdBackMs,
      clockWaitMs: config.clock.waitMs,
    }),
    close: closing.close,
  };
}

function openPictures(
  place: Place,
  options: TargetsOptions,
  closing: Closing,
): { readonly pictures: Target | null; readonly of: PicturesOf | null } {
  if (place.bucket === null) return { pictures: null, of: null };
  const multipart = (identity: string) => multipartOf(options, identity);
  const opened = openBucket(place.bucket, { ...backendOptions({ ...options, multipart }), ...place });
  const pictures = closing.add(openPictureTarget(opened, options));
  const bucketName = joinKey(opened.bucket.name, opened.folder);
  return { pictures, of: { target: pictures.name, bucketName } };
}

function openLabels(
  place: Place,
  pictures: PicturesOf | null,
  options: TargetsOptions,
  closing: Closing,
): Target | null {
  if (place.index === null) return null;
  const index = openLabelIndex(place.index, { ...backendOptions(options), ...place });
  return closing.add(createLabelTarget({ index, store: options.store, pictures, clock: options.clock }));
}

/** Receipts go by the name of a target: two of one name would each count as the other. @throws AddressError */
function refuseDoubles(names: readonly string[]): void {
  const doubled = names.find((name, position) => names.indexOf(name) !== position);
  if (doubled !== undefined)
    throw new AddressError(
      `Expected every bucket and index of sync (with sync.also) to have a name of its own, got ${doubled} twice; another folder in a bucket, or another name, makes two of them`,
    );
}
