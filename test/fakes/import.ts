// An import between two contract servers: from a seeded platform into an empty annotation API, with a data folder of its own.
import { setMaxListeners } from "node:events";
import type { TestContext } from "node:test";
import type {
  AnnotationServer,
  AnnotationServerOptions,
} from "../../agent/bench/contract-server/annotation/server.ts";
import { superadmin } from "../../agent/bench/contract-server/platform/server.ts";
import { loadConfig } from "../../agent/config.ts";
import type { Environment } from "../../agent/credentials.ts";
import { readImportAccounts } from "../../agent/import/accounts.ts";
import type { ImportResult } from "../../agent/import/import-result.ts";
import { type ImportFlags, readImportOptions } from "../../agent/import/options.ts";
import { runImport } from "../../agent/import/run-import.ts";
import { silentLog } from "../../device/log.ts";
import { startAnnotationApi } from "./annotation-api.ts";
import { createFastClock } from "./fast-clock.ts";
import { createFakePerson, type FakePerson } from "./person.ts";
import { startPlatformApi } from "./platform-api.ts";
import { makeQuickFolder } from "./quick-folder.ts";

/** What is on the platform: few, for each test imports it. */
export const importSeason = { sequences: 7, detections: 4 };

type PlatformOptions = NonNullable<Parameters<typeof startPlatformApi>[1]>;

export type ImportStage = {
  readonly platform: Awaited<ReturnType<typeof startPlatformApi>>;
  readonly annotation: AnnotationServer;
  readonly env: Environment;
  /** A new empty data folder. */
  readonly folder: () => string;
  /** Options of the line, as typed, that reach both servers. */
  readonly flags: ImportFlags;
  /** Imports as `outrider import` does; waits are a hundredth of what they are. @throws what the import throws */
  readonly run: (
    flags?: ImportFlags,
    given?: { readonly data?: string; readonly person?: FakePerson; readonly signal?: AbortSignal },
  ) => Promise<ImportResult>;
};

/** Starts both servers; they end with the test. */
export async function startImport(
  t: TestContext,
  options: {
    readonly platform?: PlatformOptions;
    readonly annotation?: AnnotationServerOptions;
    /** From the platform of another stage. */
    readonly from?: ImportStage;
  } = {},
): Promise<ImportStage> {
  const platform =
    options.from?.platform ?? (await startPlatformApi(t, { season: importSeason, ...options.platform }));
  const annotation = await startAnnotationApi(t, {
    platformObject: async (organization, key) => platform.object(organization, key),
    ...options.annotation,
  });
  const folder = (): string => makeQuickFolder(t, "outrider-import-");
  const usual = folder();
  const env = {
    PLATFORM_LOGIN: platform.filled.login,
    PLATFORM_PASSWORD: platform.filled.password,
    PLATFORM_ADMIN_LOGIN: superadmin.login,
    PLATFORM_ADMIN_PASSWORD: superadmin.password,
    ANNOTATOR_LOGIN: annotation.username,
    ANNOTATOR_PASSWORD: annotation.password,
  };
  const ours: ImportFlags = {
    dateFrom: "2026-07-01",
    dateEnd: "2026-07-03",
    urlApiPlatform: platform.url,
    urlApiAnnotation: annotation.url,
  };
  return {
    platform,
    annotation,
    env,
    folder,
    flags: ours,
    run: async (flags = {}, { data = usual, person = createFakePerson(true), signal = t.signal } = {}) => {
      setMaxListeners(0, signal);
      const read = readImportOptions({ ...ours, ...flags }, Date.parse("2026-07-04T00:00:00Z"));
      if (read.options === null) throw new Error(read.problems.join("; "));
      const { accounts, problems } = readImportAccounts(read.options, env);
      if (accounts === null) throw new Error(problems.join("; "));
      return await runImport({
        options: read.options,
        accounts,
        config: loadConfig({ file: "/dev/null", env: {}, flags: { data } }),
        person,
        clock: createFastClock(100),
        random: Math.random,
        log: silentLog,
        signal,
      });
    },
  };
}
