// Opens the model that a configuration, or a person, names for driving, in a worker of its own.
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import { createVision } from "../../models/create-vision.ts";
import { ModelError } from "../../models/vision.ts";
import type { Config } from "../config.ts";
import { openCatalog } from "../models/open-catalog.ts";
import type { OpenedSteerer } from "./advisor.ts";

/** @throws ModelError when there is no such model, it does not steer, or it cannot be opened; nothing stays open then. */
export async function openSteerer(
  config: Pick<Config, "data" | "models">,
  id: string,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<OpenedSteerer> {
  const catalog = openCatalog(config);
  const model = catalog.find(id);
  const { task } = model.manifest;
  if (task !== "steer") {
    const others = catalog.list().flatMap(({ manifest }) => (manifest.task === "steer" ? [manifest.id] : []));
    throw new ModelError(
      `Expected a model that can steer (${others.join(", ")}), got ${id}, which can ${task}`,
    );
  }
  const { threads, timeoutMs } = config.models;
  const vision = createVision({ log, clock, threads, timeoutMs });
  try {
    const { steer } = await vision.openSteerer(model);
    return { model, steer, close: vision.close };
  } catch (cause) {
    // The first failure is the one to tell.
    await vision.close().catch((failure: unknown) => log.debug({ failure }, "closing failed, too"));
    throw cause;
  }
}
