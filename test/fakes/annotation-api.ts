// The annotation API in this process, closed with the test. The server itself is agent/bench/contract-server, held to the recorded cases.
import type { TestContext } from "node:test";
import {
  type AnnotationServer,
  type AnnotationServerOptions,
  startAnnotationServer,
} from "../../agent/bench/contract-server/annotation/server.ts";

/** @param t null: whoever starts it closes it. */
export async function startAnnotationApi(
  t: TestContext | null,
  options: AnnotationServerOptions = {},
): Promise<AnnotationServer> {
  const server = await startAnnotationServer(options);
  t?.after(server.close);
  return server;
}
