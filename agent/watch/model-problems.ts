// Whether the models that a configuration watches with are there and can do what is asked of them; the weights are not opened for that.
import type { Catalog } from "../../models/catalog.ts";
import type { ModelManifest } from "../../models/manifest.ts";
import type { Config } from "../config.ts";

/** Every problem as `path: rule, got value`; cameras by their id. */
export function modelProblems(
  { watch, cameras }: Pick<Config, "watch" | "cameras">,
  catalog: Pick<Catalog, "list">,
): readonly string[] {
  const watched = cameras.filter((camera) => camera.watch.enabled);
  const asked: readonly (readonly [string, string | null, ModelManifest["task"]])[] = [
    // The detector of all is asked of nobody when each camera has its own.
    [
      "watch.detector",
      watched.some((camera) => camera.watch.detector === null) ? watch.detector : null,
      "detect",
    ],
    ["watch.embedder", watch.embedder, "embed"],
    ...watched.map(
      (camera) => [`cameras[${camera.id}].watch.detector`, camera.watch.detector, "detect"] as const,
    ),
  ];
  return asked.flatMap(([path, id, task]) => (id === null ? [] : modelProblem(path, { id, task }, catalog)));
}

/** The problem of one model, if it has one. */
export function modelProblem(
  path: string,
  { id, task }: Pick<ModelManifest, "id" | "task">,
  catalog: Pick<Catalog, "list">,
): readonly string[] {
  const models = catalog.list().map(({ manifest }) => manifest);
  const model = models.find((each) => each.id === id);
  if (model?.task === task) return [];
  const fitting = models.filter((each) => each.task === task).map((each) => each.id);
  const is = model === undefined ? "" : `, which can ${model.task}`;
  return [
    `${path}: expected a model that can ${task} (${fitting.join(", ") || "none is here"}), got "${id}"${is}`,
  ];
}
