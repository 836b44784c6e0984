// A store in a folder of its own, and frames to put into it; closed and removed when the test ends.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Clock, createSystemClock } from "../../device/clock.ts";
import type { FrameRecord } from "../../device/frame.ts";
import { formatImageId } from "../../device/image-id.ts";
import type { LabelDocument } from "../../device/label.ts";
import { type Log, silentLog } from "../../device/log.ts";
import { sha256Hex } from "../../device/store/frames.ts";
import type { OutboxDraft } from "../../device/store/outbox.ts";
import { type FrameEntry, openStore, type Store } from "../../device/store/store.ts";

/** A folder that is removed when the test ends. */
export function temporaryFolder(t: Pick<TestContext, "after">, prefix = "outrider-"): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  // Before what was opened in it later is closed: a file may come while it is removed.
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}

export type TestStoreOptions = {
  readonly directory?: string;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly commitWindowMs?: number;
  readonly readOnly?: boolean;
};

/** An open store that commits at once, unless told otherwise. */
export function openTestStore(t: Pick<TestContext, "after">, options: TestStoreOptions = {}): Store {
  const store = openStore({
    commitWindowMs: 0,
    clock: createSystemClock(),
    log: silentLog,
    ...options,
    directory: options.directory ?? temporaryFolder(t),
  });
  t.after(() => store.close());
  return store;
}

export type TestFrameOptions = {
  readonly size?: number;
  readonly labels?: number;
  /** Not given: one on a frame with labels. */
  readonly detections?: number;
  readonly pictureTargets?: readonly string[];
  readonly labelTargets?: readonly string[];
  readonly run?: string | null;
  readonly notBeforeUs?: number | null;
};

/** The img_id of test frame `n`. */
export function frameId(n: number): string {
  return formatImageId(Date.UTC(2024, 4, 1) * 1000 + n * 1000);
}

/** The fingerprint of the label `index` of test frame `n`. */
export function fingerprint(n: number, index = 0): string {
  return `label-${n}-${index}`;
}

/** Test frame `n`: its bytes follow from `n`, so that a torn one shows. */
export function frameEntry(n: number, options: TestFrameOptions = {}): FrameEntry {
  const {
    size = 2000,
    labels = 1,
    pictureTargets = [],
    labelTargets = [],
    run = null,
    notBeforeUs = null,
    detections = labels > 0 ? 1 : 0,
  } = options;
  const imgId = frameId(n);
  const bytes = bytesOf(n, size);
  const frame: FrameRecord = {
    imgId,
    camera: "front",
    sequence: n,
    moment: {
      wallUs: Date.UTC(2024, 4, 1) * 1000 + n * 1000,
      monotonicNs: n * 1e6,
      bootId: "test",
      clockSynchronised: true,
    },
    sha256: sha256Hex(bytes),
    size,
    mediaType: "image/jpeg",
    width: 64,
    height: 48,
    run,
    prefix: "track/20240501",
    erasedAtUs: null,
  };
  const documents = Array.from({ length: labels }, (_, index) => labelOf(n, index));
  const draft = {
    operation: "put",
    imgId,
    notBeforeUs,
    lane: labels > 0 ? "labelled" : "unlabelled",
  } as const;
  const deliveries: OutboxDraft[] = [
    ...pictureTargets.map((target) => ({
      ...draft,
      target,
      kind: "picture" as const,
      id: imgId,
      bytes: size,
    })),
    ...labelTargets.flatMap((target) =>
      documents.map((label) => ({
        ...draft,
        target,
        kind: "label" as const,
        id: label.label_fingerprint,
        bytes: 1500,
      })),
    ),
  ];
  return {
    frame,
    bytes,
    labels: documents,
    detections: Array.from({ length: detections }, (_, index) => ({
      imgId,
      model: "m",
      index,
      box: { left: 0, top: 0, right: 1, bottom: 1 },
      className: "car",
      confidence: 1,
    })),
    deliveries,
  };
}

/** Bytes that follow from `n` alone. */
export function bytesOf(n: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 1) bytes[at] = (at * 31 + n * 17 + (at >> 8)) & 0xff;
  return bytes;
}

function labelOf(n: number, index: number): LabelDocument {
  return {
    img_id: frameId(n),
    label_fingerprint: fingerprint(n, index),
    label: { label_direction: n % 5, label_speed: n % 2, created_by: "test" },
    event: "track",
  };
}
