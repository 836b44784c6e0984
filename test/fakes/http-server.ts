// A web server in this process that answers what a test says and remembers what it was asked.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as it arrived. `body` is still packed when the client packed it. */
export type SeenRequest = {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
};

export type HttpAnswer = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | object;
};

/** null: the connection is cut. "hang": nothing is ever said. */
export type Answerer = (request: SeenRequest) => HttpAnswer | null | "hang" | Promise<HttpAnswer>;

export type HttpServer = {
  readonly url: string;
  readonly seen: SeenRequest[];
  readonly close: () => Promise<void>;
};

/** Starts it on loopback. An object as body is sent as JSON. */
export async function startHttpServer(answerer: Answerer): Promise<HttpServer> {
  const seen: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "", url: path = "", headers } = request;
    const asked: SeenRequest = { method, path, headers, body: Buffer.concat(chunks) };
    seen.push(asked);
    const answer = await answerer(asked);
    if (answer === "hang") return;
    if (answer === null) return void request.socket.destroy();
    const { status = 200, body = "" } = answer;
    const json = typeof body === "object" && !Buffer.isBuffer(body);
    response.writeHead(status, {
      ...(json ? { "content-type": "application/json" } : {}),
      ...answer.headers,
    });
    response.end(method === "HEAD" ? undefined : json ? JSON.stringify(body) : body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: async () => {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}
