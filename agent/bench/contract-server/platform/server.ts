// The alert platform as the recorded cases show it (pyro-api, August 2026), in memory: where an import reads and a camera reports.
import { pictureRoute, statusRoute } from "../pictures.ts";
import { createRouter } from "../router.ts";
import { createServerClock } from "../times.ts";
import { createTokens } from "../tokens.ts";
import { startWeb, type Web, type WebOptions } from "../web.ts";
import { accountRoutes, createGate } from "./accounts.ts";
import { cameraRoutes } from "./cameras.ts";
import { reportRoutes } from "./reports.ts";
import type { RiskScore } from "./risk.ts";
import { sequenceRoutes } from "./sequences.ts";
import type { Asker, PlatformService } from "./service.ts";
import { bucketOf } from "./shown.ts";
import { PlatformTables } from "./tables.ts";

export type PlatformServerOptions = WebOptions & {
  /** Requests a token is good for; default any number. */
  readonly tokenUses?: number;
  /** Default a year. */
  readonly tokenLifetimeMs?: number;
  /** Status for a request without a token; default 401. */
  readonly missingToken?: 401 | 403;
  /** Fire weather of a day, YYYY-MM-DD, which hides sequences from people; default extreme, which hides none. */
  readonly riskOf?: (day: string) => RiskScore;
  /** Wall clock, ms since 1970; default Date.now. */
  readonly nowMs?: () => number;
};

/** Life: startPlatformServer → fill → use → close. */
export type PlatformServer = Omit<Web, "origin"> & {
  /** Base address, as a client is given. */
  readonly url: string;
  /** An administrator is there from the start: superadmin_login / superadmin_pwd, organization 1. */
  readonly tables: PlatformTables;
  /** An object of an organization's bucket; null: not there. */
  readonly object: (organizationId: number, key: string) => Buffer | null;
  /** As an administrator gets it for a camera. */
  readonly cameraToken: (cameraId: number) => string;
  /** Every token that was given out is refused from now on. */
  readonly expireTokens: () => void;
  /** Presigned addresses lead nowhere from now on, or do again. */
  readonly killPictures: (dead: boolean) => void;
};

/** The account that is there from the start. */
export const superadmin = { login: "superadmin_login", password: "superadmin_pwd" } as const;

/** Starts it on loopback, with one organization and one administrator. */
export async function startPlatformServer(options: PlatformServerOptions = {}): Promise<PlatformServer> {
  const { nowMs = Date.now, riskOf = () => "extreme" } = options;
  const tables = new PlatformTables();
  const now = createServerClock(nowMs);
  const tokens = createTokens("platform", {
    lifetimeMs: options.tokenLifetimeMs ?? 365 * 86_400_000,
    nowMs,
    ...(options.tokenUses === undefined ? {} : { maxUses: options.tokenUses }),
  });
  const { id: organization_id } = tables.organizations.insert({ name: "admin" });
  tables.accounts.insert({ ...superadmin, organization_id, role: "admin", created_at: now() });
  const issue = ({ id, organizationId, scope }: Asker): string =>
    tokens.issue({ sub: String(id), scopes: [scope], organization_id: organizationId });
  const service: PlatformService = {
    tables,
    now,
    only: createGate(tokens, options.missingToken ?? 401),
    issue,
    riskOf,
  };
  let dead = false;
  const api = createRouter("/api/v1", [
    ...accountRoutes(service),
    ...cameraRoutes(service),
    ...reportRoutes(service),
    ...sequenceRoutes(service),
  ]);
  const pictures = {
    load: (bucket: string, key: string) => tables.buckets.get(`${bucket}/${key}`),
    dead: () => dead,
  };
  const outside = createRouter("", [statusRoute(), pictureRoute(pictures)]);
  const { origin, ...web } = await startWeb(
    (method, path) => (path.startsWith("/api/v1/") ? api : outside)(method, path),
    options,
  );
  return {
    ...web,
    url: origin,
    tables,
    object: (organizationId, key) => tables.buckets.get(`${bucketOf(organizationId)}/${key}`) ?? null,
    cameraToken: (cameraId) => {
      const camera = tables.cameras.get(cameraId);
      if (camera === undefined) throw new Error(`expected a camera that is there, got ${cameraId}`);
      return issue({ id: cameraId, organizationId: camera.organization_id, scope: "camera" });
    },
    expireTokens: tokens.expireAll,
    killPictures: (state) => {
      dead = state;
    },
  };
}
