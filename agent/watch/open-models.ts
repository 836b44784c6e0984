// Opens the models that the configuration names for watching: a detector for each camera, and who tells individuals apart.
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import type { Store } from "../../device/store/store.ts";
import type { Catalog } from "../../models/catalog.ts";
import { createVision } from "../../models/create-vision.ts";
import { type Detector, ModelError, type Vision } from "../../models/vision.ts";
import { createClosing } from "../closing.ts";
import type { Config } from "../config.ts";
import type { Identifier } from "../identify/identifier.ts";
import { openIdentifier } from "../identify/open-identifier.ts";
import { openCatalog } from "../models/open-catalog.ts";
import { modelProblems } from "./model-problems.ts";
import type { WatchModels } from "./watch-models.ts";

export type OpenModelsOptions = {
  readonly config: Pick<Config, "data" | "models" | "watch" | "individuals" | "cameras">;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
};

/** @throws ModelError when one cannot be opened; nothing stays open then. */
export async function openWatchModels(options: OpenModelsOptions, signal: AbortSignal): Promise<WatchModels> {
  const { config, clock, log } = options;
  const { threads, timeoutMs } = config.models;
  const closing = createClosing();
  try {
    const catalog = openCatalog(config);
    for (const problem of catalog.problems) log.warn({ problem }, "a model's manifest cannot be used");
    const wrong = modelProblems(config, catalog);
    if (wrong.length > 0) throw new ModelError(wrong.join("; "));
    const vision = closing.add(createVision({ log, clock, threads, timeoutMs }));
    const identifier = await openWhoIsWho(options, { catalog, vision, signal });
    if (identifier !== null) closing.add(identifier);
    const detectors = new Map<string, Detector>();
    for (const id of new Set(watchedCameras(config).map((camera) => detectorIdOf(config, camera)))) {
      signal.throwIfAborted();
      detectors.set(id, await vision.openDetector(catalog.find(id)));
    }
    return {
      detectorOf: (camera) => {
        const settings = config.cameras.find(({ id }) => id === camera);
        const detector = settings === undefined ? undefined : detectors.get(detectorIdOf(config, settings));
        if (detector === undefined) throw new ModelError(`Expected a camera under watch, got "${camera}"`);
        return detector;
      },
      identifier,
      hash: (picture, hashSignal) => vision.hash(picture, { signal: hashSignal }),
      status: vision.status,
      close: closing.close,
    };
  } catch (cause) {
    // The first failure is the one to tell.
    await closing.close().catch((failure: unknown) => log.debug({ failure }, "closing failed, too"));
    throw cause;
  }
}

/** The embedder beside the colours of the coat: on animals neither is best alone. null: individuals are not told apart. */
async function openWhoIsWho(
  { config, store, log }: OpenModelsOptions,
  { catalog, vision, signal }: { catalog: Catalog; vision: Vision; signal: AbortSignal },
): Promise<Identifier | null> {
  const { embedder } = config.watch;
  if (embedder === null) return null;
  const describers = [await vision.openEmbedder(catalog.find(embedder)), await vision.openHistogram()];
  return openIdentifier({ store, describers, settings: config.individuals, log, signal });
}

/** The cameras that are watched when watching is on. */
export function watchedCameras({ cameras }: Pick<Config, "cameras">): Config["cameras"] {
  return cameras.filter(({ watch }) => watch.enabled);
}

function detectorIdOf({ watch }: Pick<Config, "watch">, camera: Config["cameras"][number]): string {
  return camera.watch.detector ?? watch.detector;
}
