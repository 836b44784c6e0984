// What ultralytics writes into the models it exports: class names, task, size, whether suppression is in the graph.
import type { Size } from "../letterbox.ts";
import { type PythonValue, parsePythonLiteral } from "./python-literal.ts";

export type UltralyticsMetadata = {
  /** By index; null: not given, or not readable. */
  readonly names: readonly string[] | null;
  /** "detect", "segment", "pose" …; null: not given. */
  readonly task: string | null;
  readonly size: Size | null;
  /** true: exported with its suppression (`nms`), or a model that needs none (`end2end`). */
  readonly isEndToEnd: boolean;
  readonly isDetr: boolean;
};

/** null: nothing in the properties is from ultralytics. */
export function readUltralyticsMetadata(properties: ReadonlyMap<string, string>): UltralyticsMetadata | null {
  const names = properties.get("names");
  const task = properties.get("task");
  if (names === undefined && task === undefined) return null;
  const args = literal(properties.get("args"));
  const description = properties.get("description") ?? "";
  return {
    names: names === undefined ? null : namesOf(literal(names)),
    task: task ?? null,
    size: sizeOf(literal(properties.get("imgsz"))),
    isEndToEnd:
      literal(properties.get("end2end")) === true || (args instanceof Map && args.get("nms") === true),
    isDetr: /rt-?detr/i.test(description),
  };
}

function literal(text: string | undefined): PythonValue | undefined {
  return text === undefined ? undefined : parsePythonLiteral(text);
}

/** {0: 'smoke', 1: 'fire'} or ['smoke', 'fire']; an index that is left out has a name of its own. */
function namesOf(value: PythonValue | undefined): readonly string[] | null {
  const entries = value instanceof Map ? [...value] : Array.isArray(value) ? [...value.entries()] : [];
  const byIndex = new Map<number, string>();
  for (const [index, name] of entries) {
    if (typeof index !== "number" || !Number.isInteger(index) || index < 0 || index >= 10_000) return null;
    byIndex.set(index, String(name).slice(0, 200) || `class ${index}`);
  }
  if (byIndex.size === 0) return null;
  const count = Math.max(...byIndex.keys()) + 1;
  return Array.from({ length: count }, (_, index) => byIndex.get(index) ?? `class ${index}`);
}

/** [height, width], or one number for both. */
function sizeOf(value: PythonValue | undefined): Size | null {
  const [height, width] = Array.isArray(value) ? value : [value, value];
  const isSide = (side: unknown): side is number =>
    typeof side === "number" && Number.isInteger(side) && side > 0;
  return isSide(height) && isSide(width) ? { width, height } : null;
}
