// One request of a contract server and its answer: what the web side and the two services have in common.
import { writeJson } from "./json.ts";

/** A request as it arrived, whole. */
export type Call = {
  readonly method: string;
  /** Without query, as it was written. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** Address the server listens on, without a path. */
  readonly origin: string;
  /** What stands in the braces of the route. */
  readonly params: Readonly<Record<string, string>>;
};

export type Answer = {
  readonly status: number;
  /** null: the answer names none. */
  readonly contentType: string | null;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Thrown by whatever reads a request: the answer that refuses it. */
export class Refused extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`HTTP ${answer.status}`);
    this.answer = answer;
  }
}

/** Thrown where the real server fails by accident; what it says depends on its DEBUG. */
export class Crashed extends Error {
  /** @param lastLine of the traceback. */
  constructor(lastLine: string) {
    super(lastLine);
  }
}

export function json(body: unknown, status = 200): Answer {
  return { status, contentType: "application/json", body: writeJson(body) };
}

/** FastAPI's `{"detail": …}`. */
export function refusal(
  status: number,
  detail: unknown,
  headers?: Readonly<Record<string, string>>,
): Refused {
  const answer = json({ detail }, status);
  return new Refused(headers === undefined ? answer : { ...answer, headers });
}
