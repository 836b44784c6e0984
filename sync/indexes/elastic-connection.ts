// One Elasticsearch (7 to 9) or OpenSearch server, spoken to in plain JSON, which all of them take.
import { SyncError } from "../errors.ts";
import { type Authorization, createHttpClient, type HttpOptions, type HttpRequest } from "../http.ts";
import { explainElastic } from "./elastic-errors.ts";

/** How to reach a server. */
export type ElasticOptions = Omit<HttpOptions, "explain"> & {
  /** "https://host:9200", with a path where a proxy wants one. A user and password in it are used and never shown. */
  readonly url: string;
};

/** What a server is. */
export type Dialect = {
  readonly product: "elasticsearch" | "opensearch";
  /** "7.10.2" */
  readonly version: string;
};

export type ElasticRequest = {
  readonly method: HttpRequest["method"];
  /** Begins with "/"; names in it are already encoded. */
  readonly path: string;
  /** An object is sent as JSON, text as newline-delimited JSON. */
  readonly body?: object | string;
  /** Statuses beside 2xx that are an answer. */
  readonly accept?: readonly number[];
  readonly signal: AbortSignal;
};

/** `body` is null where a HEAD or an accepted refusal has none that is JSON. */
export type ElasticAnswer = { readonly status: number; readonly body: unknown };

/** A connection. All methods throw SyncError with the server's reason. */
export type ElasticConnection = {
  /** The address without user, password and trailing slash. */
  readonly url: string;
  readonly request: (request: ElasticRequest) => Promise<ElasticAnswer>;
  /** Asks what the server is, once. */
  readonly dialect: (signal: AbortSignal) => Promise<Dialect>;
  readonly close: () => Promise<void>;
};

/** Opens a connection; nothing is sent before the first request. */
export function connectElastic(options: ElasticOptions): ElasticConnection {
  const address = new URL(options.url);
  const user = userOf(address);
  const url = `${address.origin}${address.pathname.replace(/\/+$/, "")}`;
  const http = createHttpClient({
    ...options,
    authorization: async (signal) => (await options.authorization?.(signal)) ?? user,
    explain: explainElastic,
  });
  let dialect: Dialect | null = null;

  const request = async ({
    method,
    path,
    body,
    accept = [],
    signal,
  }: ElasticRequest): Promise<ElasticAnswer> => {
    const answer = await http.request({
      method,
      url: url + path,
      ...(body === undefined ? {} : encode(body)),
      gzip: true,
      accept,
      signal,
    });
    const refused = answer.status >= 300;
    return { status: answer.status, body: method === "HEAD" || refused ? null : answer.json() };
  };

  return {
    url,
    request,
    dialect: async (signal) => {
      dialect ??= dialectOf((await request({ method: "GET", path: "/", signal })).body, url);
      return dialect;
    },
    close: () => http.close(),
  };
}

/** Not the "compatible-with" media types: 7.10, OpenSearch and the next major version each refuse some of them. */
function encode(body: object | string): Pick<HttpRequest, "headers" | "body"> {
  if (typeof body === "string") return { headers: { "content-type": "application/x-ndjson" }, body };
  return { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

function userOf(address: URL): Authorization | null {
  if (address.username === "") return null;
  const user = decodeURIComponent(address.username);
  return { kind: "basic", user, password: decodeURIComponent(address.password) };
}

function dialectOf(body: unknown, url: string): Dialect {
  const { version } = (body ?? {}) as { version?: { number?: unknown; distribution?: unknown } };
  if (typeof version?.number !== "string")
    throw new SyncError(
      "retryable",
      `GET ${url}/: expected an Elasticsearch or OpenSearch server, got ${JSON.stringify(body)?.slice(0, 200)}`,
    );
  const product = version.distribution === "opensearch" ? "opensearch" : "elasticsearch";
  return { product, version: version.number };
}
