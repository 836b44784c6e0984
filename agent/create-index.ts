// Creates a label index with its mapping, and makes it the one that everybody uses.
import { formatImageId } from "../device/image-id.ts";
import { promoteIndex } from "../sync/indexes/elastic-alias.ts";
import {
  AddressError,
  type BackendOptions,
  defaultIndexName,
  elasticOptionsOf,
  openLabelIndex,
  parseIndexAddress,
  resolveIndexAddress,
} from "./backends.ts";

export type CreateIndexOptions = {
  /** The configured index. */
  readonly configured: string;
  /** Address, or name on the configured server; undefined: `patate-db-YYMMDD` on it. */
  readonly given?: string;
  /** Move the alias `patate-db` from whatever has it to the new index. */
  readonly promote: boolean;
  readonly backend: BackendOptions;
  /** Wall clock, microseconds since 1970. */
  readonly nowUs: number;
  readonly signal: AbortSignal;
};

export type CreateIndexResult = {
  readonly index: string;
  /** false: it was there already, and is as it was. */
  readonly created: boolean;
  /** The alias that names it now; null when none was moved. */
  readonly alias: string | null;
  /** Indexes that had the alias before. */
  readonly before: readonly string[];
};

/** Creates the index; one that is there is left as it is. @throws AddressError, and SyncError when the server refuses. */
export async function createIndex(options: CreateIndexOptions): Promise<CreateIndexResult> {
  const { configured, given, promote, backend, signal } = options;
  const isServer = configured.startsWith("http");
  const address =
    given === undefined && isServer
      ? resolveIndexAddress(`${defaultIndexName}-${formatImageId(options.nowUs).slice(2, 8)}`, configured)
      : resolveIndexAddress(given, configured);
  if (promote && !address.startsWith("http"))
    throw new AddressError(
      `Expected an index on a server to give the name ${defaultIndexName} to, got ${address}`,
    );
  const index = openLabelIndex(address, backend);
  let created: boolean;
  try {
    created = await index.create(signal);
  } finally {
    await index.close();
  }
  if (!promote) return { index: index.url, created, alias: null, before: [] };
  const parsed = parseIndexAddress(address);
  const before = await promoteIndex(
    { ...elasticOptionsOf(parsed.server, backend), index: parsed.index, alias: defaultIndexName },
    signal,
  );
  return { index: index.url, created, alias: defaultIndexName, before };
}
