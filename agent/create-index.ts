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

/** Which index is meant. */
export type IndexPlan = {
  readonly address: string;
  /** Move the alias `patate-db` from whatever has it to this index. */
  readonly promote: boolean;
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

/**
 * The index that `--index` means: an address, a name on the configured server, or with neither `patate-db-YYMMDD` there.
 * @param nowUs wall clock, microseconds since 1970.
 * @throws AddressError
 */
export function planIndex(
  given: { readonly index: string | undefined; readonly configured: string; readonly promote: boolean },
  nowUs: number,
): IndexPlan {
  const { index, configured, promote } = given;
  const ofToday = `${defaultIndexName}-${formatImageId(nowUs).slice(2, 8)}`;
  const address = resolveIndexAddress(
    index ?? (configured.startsWith("http") ? ofToday : undefined),
    configured,
  );
  if (promote && !address.startsWith("http"))
    throw new AddressError(
      `Expected an index on a server to give the name ${defaultIndexName} to, got ${address}`,
    );
  return { address, promote };
}

/** Creates the index; one that is there is left as it is. @throws AddressError, and SyncError when the server refuses. */
export async function createIndex(
  { address, promote }: IndexPlan,
  backend: BackendOptions,
  signal: AbortSignal,
): Promise<CreateIndexResult> {
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
