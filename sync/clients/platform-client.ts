// Opens an alert platform with its two accounts: what the import reads of it.
import { performance } from "node:perf_hooks";
import { z } from "zod";
import { askForToken } from "./ask-for-token.ts";
import { once } from "./each-call.ts";
import { createPictureDownload } from "./picture-download.ts";
import type { PlatformApi } from "./platform-api.ts";
import { cameraRow, detectionRow, organizationRow, sequenceRow } from "./platform-rows.ts";
import { connectService, readAnswer, type ServiceCall, type ServiceTimeouts } from "./service-connection.ts";
import { type Account, createServiceLogin, LoginRefused, type ServiceLogin } from "./service-login.ts";
import { readByOffset } from "./service-pages.ts";

export type PlatformApiOptions = {
  /** "https://alertapi.pyronear.org" */
  readonly url: string;
  /** Of a user of the organization; asked before each login. */
  readonly login: (signal: AbortSignal) => Promise<Account>;
  /** Of an administrator: only they may list the organizations. */
  readonly adminLogin: (signal: AbortSignal) => Promise<Account>;
  /** PEM file of the authority that signed the server's certificate. */
  readonly caFile?: string;
  readonly timeouts?: ServiceTimeouts;
  /** Connections at once, to the platform and to the pictures each; default 8. */
  readonly maxConnections?: number;
  /** Monotonic, ms. */
  readonly nowMs?: () => number;
};

/** The list of sequences has no largest piece; this is what its own importer asks for. */
const sequencesPerPiece = 1000;
/** Of detections the platform gives no more at once. */
const detectionsPerPiece = 100;

/** Nothing is sent before the first call. @throws Error when the address is none. */
export function createPlatformApi(options: PlatformApiOptions): PlatformApi {
  const connection = connectService(options);
  const pictures = createPictureDownload(options);
  const { url } = connection;
  const open = (account: PlatformApiOptions["login"]): ServiceLogin =>
    createServiceLogin({
      account,
      nowMs: options.nowMs ?? (() => performance.now()),
      logIn: (who, signal) =>
        askForToken(who, { connection, path: "/login/creds", encoding: "form", signal }),
    });
  const user = open(options.login);
  const admin = open(options.adminLogin);

  type Asked = Pick<ServiceCall, "path" | "query" | "signal">;
  const get = async <T>(schema: z.ZodType<T>, asked: Asked, as = user): Promise<T> => {
    const answer = await connection.call({ method: "GET", as, ...asked });
    return readAnswer(answer, schema, `GET ${url}/api/v1${asked.path}`);
  };

  return {
    url,
    probe: async (signal, each = once) => {
      await each(() => connection.status(signal));
      const scopes = z.looseObject({ scopes: z.array(z.string()) });
      await each(() => get(scopes, { path: "/login/validate", signal }));
      const known = await each(() => get(scopes, { path: "/login/validate", signal }, admin));
      if (!known.scopes.includes("admin"))
        throw new LoginRefused(
          `${url}: expected an administrator as the second account, got one that is ${known.scopes.join(", ")}`,
        );
    },
    cameras: (signal) =>
      // Without it, sequences of cameras that are not trusted would have no place and no name.
      get(z.array(cameraRow), { path: "/cameras/", query: { include_non_trustable: true }, signal }),
    organizations: (signal) => get(z.array(organizationRow), { path: "/organizations/", signal }, admin),
    sequencesOf: (day, risk, signal) =>
      readByOffset(
        (offset, limit) => {
          const query = { from_date: day, limit, offset, ...(risk === null ? {} : { risk_score: risk }) };
          return get(z.array(sequenceRow), { path: "/sequences/all/fromdate", query, signal });
        },
        { pieceRows: sequencesPerPiece },
      ),
    sequence: async (id, signal) => {
      const path = `/sequences/${id}`;
      const answer = await connection.call({ method: "GET", path, as: user, accept: [404], signal });
      return answer.status === 404 ? null : readAnswer(answer, sequenceRow, `GET ${url}/api/v1${path}`);
    },
    detectionsOf: (sequenceId, { limit, order }, signal) =>
      readByOffset(
        (offset, size) => {
          // Platforms before June 2026 know no offset; the first piece goes without.
          const query = { limit: size, desc: order === "desc", ...(offset === 0 ? {} : { offset }) };
          return get(z.array(detectionRow), { path: `/sequences/${sequenceId}/detections`, query, signal });
        },
        { pieceRows: detectionsPerPiece, limit },
      ),
    picture: pictures.picture,
    close: async () => {
      await Promise.all([connection.close(), pictures.close()]);
    },
  };
}
