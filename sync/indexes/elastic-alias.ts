// Which index stands behind the name that everybody uses: moved in one step, so that nobody ever finds none or two.
import { SyncError } from "../errors.ts";
import { connectElastic, type ElasticOptions } from "./elastic-connection.ts";

/**
 * Points `alias` at `index` and at nothing else, atomically. Gives the indexes that it pointed at before.
 * @throws SyncError permanent when `index` is missing or an index itself is named like the alias.
 */
export async function promoteIndex(
  options: ElasticOptions & { readonly index: string; readonly alias: string },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { index, alias } = options;
  const connection = connectElastic(options);
  try {
    const name = encodeURIComponent(alias);
    const { status, body } = await connection.request({
      method: "GET",
      path: `/_alias/${name}`,
      accept: [404],
      signal,
    });
    const before = status === 404 ? [] : Object.keys(body as object);
    if (before.length === 0) await refuseIndexNamed(alias);
    const actions = [
      ...before.filter((old) => old !== index).map((old) => ({ remove: { index: old, alias } })),
      { add: { index, alias } },
    ];
    await connection.request({ method: "POST", path: "/_aliases", body: { actions }, signal });
    return before;
  } finally {
    await connection.close();
  }

  async function refuseIndexNamed(taken: string): Promise<void> {
    const path = `/${encodeURIComponent(taken)}`;
    const { status } = await connection.request({ method: "HEAD", path, accept: [404], signal });
    if (status === 200)
      throw new SyncError(
        "permanent",
        `Expected ${taken} to be an alias or unused, but an index has that name on ${connection.url}`,
      );
  }
}
