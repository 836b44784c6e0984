// The alert platform in this process, closed with the test, with a seeded season on it. The server itself is agent/bench/contract-server.
import type { TestContext } from "node:test";
import {
  type Filled,
  fillPlatform,
  type Season,
  smallSeason,
} from "../../agent/bench/contract-server/platform/fill.ts";
import {
  type PlatformServer,
  type PlatformServerOptions,
  startPlatformServer,
} from "../../agent/bench/contract-server/platform/server.ts";

/** @param t null: whoever starts it closes it. `season` changes what is on it; null: nothing but the first administrator. */
export async function startPlatformApi(
  t: TestContext | null,
  { season = {}, ...options }: PlatformServerOptions & { readonly season?: Partial<Season> | null } = {},
): Promise<PlatformServer & { readonly filled: Filled }> {
  const server = await startPlatformServer(options);
  t?.after(server.close);
  const nobody = { login: "", password: "" };
  const filled =
    season === null
      ? { ...nobody, agent: nobody, cameraIds: [], sequenceIds: [] }
      : await fillPlatform(server.tables, { ...smallSeason, ...season });
  return { ...server, filled };
}
