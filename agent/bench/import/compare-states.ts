// What differs between what stands at an annotation API and what should, in words; and what stands there twice.
import { isDeepStrictEqual } from "node:util";
import type { PlainSequence } from "../contract-server/annotation/plain-state.ts";

export type Difference = {
  /** Empty: they are the same. */
  readonly problems: readonly string[];
  /** Sequences and detections beyond those expected. */
  readonly surplus: number;
};

/** Problems that are told. */
const told = 10;

export function compareStates(
  actual: readonly PlainSequence[],
  expected: readonly PlainSequence[],
): Difference {
  const wanted = new Map(expected.map((one) => [one.key, one]));
  const problems = expected
    .filter(({ key }) => !actual.some((one) => one.key === key))
    .map(({ key }) => `sequence ${key} is missing`);
  let surplus = 0;
  const seen = new Set<string>();
  for (const one of actual) {
    const other = wanted.get(one.key);
    if (other === undefined || seen.has(one.key)) {
      surplus += 1;
      problems.push(`sequence ${one.key} should not be there`);
    } else {
      surplus += Math.max(0, one.detections.length - other.detections.length);
      problems.push(...differencesOf(one, other));
    }
    seen.add(one.key);
  }
  const more = problems.length > told ? [`and ${problems.length - told} more differences`] : [];
  return { problems: [...problems.slice(0, told), ...more], surplus };
}

function differencesOf(actual: PlainSequence, expected: PlainSequence): readonly string[] {
  if (actual.detections.length !== expected.detections.length)
    return [
      `sequence ${actual.key}: ${actual.detections.length} detections, expected ${expected.detections.length}`,
    ];
  return (["sequence", "skipped", "detections", "annotation"] as const)
    .filter((part) => !isDeepStrictEqual(actual[part], expected[part]))
    .map((part) => `sequence ${actual.key}: its ${part} differ: ${excerpt(actual[part], expected[part])}`);
}

function excerpt(actual: unknown, expected: unknown): string {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  const at = [...a].findIndex((letter, index) => letter !== b[index]);
  const around = (text: string): string => text.slice(Math.max(0, at - 40), at + 60);
  return `…${around(a)}… instead of …${around(b)}…`;
}
