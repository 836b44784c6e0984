// Both contract servers in a process of their own, so that what they cost is not counted as the import's. Ends when its stdin does.
import { createInterface } from "node:readline";
import { type AnnotationServer, startAnnotationServer } from "../contract-server/annotation/server.ts";
import { fillPlatform } from "../contract-server/platform/fill.ts";
import { startPlatformServer, superadmin } from "../contract-server/platform/server.ts";
import type {
  ServersAnswer,
  ServersCounts,
  ServersPlan,
  ServersQuestion,
  ServersReady,
} from "./servers-protocol.ts";

export type ServersChildOptions = {
  readonly plan: ServersPlan;
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
};

/** Resolves when the input has ended and both are closed. */
export async function runImportServers({ plan, input, output }: ServersChildOptions): Promise<void> {
  const say = (line: ServersReady | ServersAnswer): void => void output.write(`${JSON.stringify(line)}\n`);
  let requests = 0;
  let tripsAt = Number.POSITIVE_INFINITY;
  const onRequest = (): void => {
    requests += 1;
    if (requests < tripsAt) return;
    tripsAt = Number.POSITIVE_INFINITY;
    say({ tripped: true });
  };
  const platform = await startPlatformServer({ ...plan.platform, onRequest });
  const reader = await fillPlatform(platform.tables, plan.season);
  const open = (port: number): Promise<AnnotationServer> =>
    startAnnotationServer({
      ...plan.annotation,
      port,
      onRequest,
      platformObject: async (organization, key) => platform.object(organization, key),
    });
  let annotation = await open(0);
  const answer = async (question: ServersQuestion) => {
    switch (question.ask) {
      case "state":
        return annotation.state();
      case "counts":
        return countsOf(requests, annotation, platform.faults());
      case "behave":
        annotation.behave(question.change);
        platform.behave(question.change);
        return null;
      case "fresh": {
        const { port } = new URL(annotation.url);
        await annotation.close();
        annotation = await open(Number(port));
        return null;
      }
      case "work":
        annotation.work(question.key, question.stage);
        return null;
      case "trip":
        tripsAt = requests + question.requests;
        return null;
    }
  };
  const { url, username, password } = annotation;
  say({
    annotation: { url, username, password },
    platform: { url: platform.url, reader, admin: superadmin },
  });
  for await (const line of createInterface({ input }))
    say({ answer: await answer(JSON.parse(line) as ServersQuestion) });
  await Promise.all([annotation.close(), platform.close()]);
}

function countsOf(
  requests: number,
  annotation: AnnotationServer,
  platformFaults: Readonly<Record<string, number>>,
): ServersCounts {
  const faults: Record<string, number> = { ...platformFaults };
  for (const [kind, count] of Object.entries(annotation.faults())) faults[kind] = (faults[kind] ?? 0) + count;
  return { requests, writes: annotation.writes(), faults, humanChanges: annotation.humanChanges() };
}
