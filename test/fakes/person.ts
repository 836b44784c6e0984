// Somebody who answers as told and remembers what was said.
import type { Person } from "../../agent/person.ts";

export type FakePerson = Person & {
  readonly questions: string[];
  readonly told: string[];
  /** Steps counted for each progress title. */
  readonly steps: Map<string, number>;
};

/** @param lines answers to questions that want text, in order; then nobody answers. */
export function createFakePerson(answer: boolean, lines: readonly string[] = []): FakePerson {
  const waiting = [...lines];
  const questions: string[] = [];
  const told: string[] = [];
  const steps = new Map<string, number>();
  return {
    questions,
    told,
    steps,
    confirm: async (question) => {
      questions.push(question);
      return answer;
    },
    ask: async (question) => {
      questions.push(question);
      return waiting.shift() ?? null;
    },
    tell: (sentence) => {
      told.push(sentence);
    },
    progress: (title) => ({
      step: () => steps.set(title, (steps.get(title) ?? 0) + 1),
      end: () => undefined,
    }),
  };
}
