// One document in any index, for what is no label: the log of a finished command.
import { connectElastic, type ElasticOptions } from "./elastic-connection.ts";

/** Puts `document` under `id` into `index`, replacing what was there; the index is made by the server where it is missing and allowed. */
export async function putDocument(
  options: ElasticOptions & { readonly index: string },
  document: { readonly id: string; readonly fields: object },
  signal: AbortSignal,
): Promise<void> {
  const connection = connectElastic(options);
  try {
    const path = `/${encodeURIComponent(options.index)}/_doc/${encodeURIComponent(document.id)}`;
    await connection.request({ method: "PUT", path, body: document.fields, signal });
  } finally {
    await connection.close();
  }
}
