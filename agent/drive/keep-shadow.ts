// Keeps what shadow mode found in a run: an entry of the journal and an event with its figures.
import type { Log } from "../../device/log.ts";
import type { RunRecord } from "../../device/run.ts";
import type { Store } from "../../device/store/store.ts";
import type { Emit } from "../events.ts";
import type { Disagreement, ShadowFigures } from "./shadow.ts";

/** Does not wait for the disk. @param figures null, or of no frame: nothing is kept. */
export function keepShadow(
  figures: ShadowFigures | null,
  {
    run,
    store,
    emit,
    log,
  }: { readonly run: RunRecord; readonly store: Store; readonly emit: Emit; readonly log: Log },
): void {
  if (figures === null || figures.frames === 0) return;
  const { worst, ...rest } = figures;
  // A frame that nobody kept cannot be labelled again.
  const kept = worst.filter(({ imgId }) => store.frames.has(imgId));
  const body = { run: run.id, ...rest, worst: kept };
  Promise.all([
    store.commit(() => store.journal.write("drive.disagreement", body)),
    emit("drive.disagreement", body),
  ]).catch((cause: unknown) => log.error({ cause }, "the figures of shadow mode could not be kept"));
}

/** The note of a mark. */
export function describeDisagreement({ difference, imgId, model, person }: Disagreement): string {
  const [off, theirs, ours] = [difference, person, model].map((value) => value.toFixed(2));
  return `disagreement ${off} at ${imgId}: the person ${theirs}, the model ${ours}`;
}
