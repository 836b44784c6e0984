// Downloads a picture the way the annotation API does for `from-url`, with its answers for everything that goes wrong.
import { refusal } from "../call.ts";

const timeoutMs = 30_000;

/** @throws Refused 422, 502, 504. */
export async function fetchSource(url: string): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) }).catch((cause: unknown) => {
    throw (cause as Error).name === "TimeoutError"
      ? refusal(504, `Timeout while fetching source URL: ${url}`)
      : refusal(502, `Could not connect to source URL: ${url}`);
  });
  const bytes = await response.arrayBuffer().catch(() => {
    throw refusal(502, `Could not connect to source URL: ${url}`);
  });
  const said = `Source URL returned HTTP ${response.status}`;
  if (response.status >= 500) throw refusal(502, said);
  if (!response.ok) throw refusal(422, said);
  if (bytes.byteLength === 0) throw refusal(422, "Source URL returned an empty body");
  return Buffer.from(bytes);
}
