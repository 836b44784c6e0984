// Opens an annotation API: the connection, its login, and the calls of its three kinds of rows put together.
import { performance } from "node:perf_hooks";
import { z } from "zod";
import type { Pace } from "../bandwidth.ts";
import { createAnnotationCalls } from "./annotation-annotations.ts";
import type { AnnotationApi } from "./annotation-api.ts";
import { createDetectionCalls } from "./annotation-detections.ts";
import { sourceApiRows } from "./annotation-rows.ts";
import { createSequenceCalls } from "./annotation-sequences.ts";
import { askForToken } from "./ask-for-token.ts";
import { once } from "./each-call.ts";
import { connectService, readAnswer, type ServiceCall, type ServiceTimeouts } from "./service-connection.ts";
import { type Account, createServiceLogin } from "./service-login.ts";

export type AnnotationApiOptions = {
  /** "http://localhost:5050"; a path before `/api/v1` is kept. */
  readonly url: string;
  /** Asked before each login. */
  readonly login: (signal: AbortSignal) => Promise<Account>;
  /** PEM file of the authority that signed the server's certificate. */
  readonly caFile?: string;
  readonly timeouts?: ServiceTimeouts;
  /** How fast pictures may go out. */
  readonly pace?: Pace;
  /** Connections at once; default 8. */
  readonly maxConnections?: number;
  /** Monotonic, ms. */
  readonly nowMs?: () => number;
};

/** Nothing is sent before the first call. @throws Error when the address is none. */
export function createAnnotationApi(options: AnnotationApiOptions): AnnotationApi {
  const connection = connectService(options);
  const { url } = connection;
  const login = createServiceLogin({
    account: options.login,
    nowMs: options.nowMs ?? (() => performance.now()),
    logIn: (account, signal) =>
      askForToken(account, { connection, path: "/auth/login", encoding: "json", signal }),
  });
  const call = (asked: Omit<ServiceCall, "as">) => connection.call({ ...asked, as: login });
  const sequences = createSequenceCalls({ url, call });
  const hasSequence = async (id: number, signal: AbortSignal): Promise<boolean> =>
    (await call({ method: "GET", path: `/sequences/${id}`, accept: [404], signal })).status !== 404;
  return {
    url,
    probe: async (signal, each = once) => {
      await each(() => connection.status(signal));
      // What everything else needs: the account is let in, and the list is there.
      const asked = { method: "GET", path: "/sequences/", query: { page: 1, size: 1 }, signal } as const;
      const answer = await each(() => call(asked));
      readAnswer(answer, z.looseObject({ items: z.array(z.unknown()) }), `GET ${url}/api/v1/sequences/`);
    },
    sourceApis: async (signal) => {
      const answer = await connection.call({ method: "GET", path: "/source-apis/", as: null, signal });
      return readAnswer(answer, sourceApiRows, `GET ${url}/api/v1/source-apis/`).map(({ id }) => id);
    },
    ...sequences,
    ...createDetectionCalls({ url, call, hasSequence }),
    ...createAnnotationCalls({ url, call, hasSequence }),
    close: () => connection.close(),
  };
}
