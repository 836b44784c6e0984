// A bulk request of which the real index carries out every second action, while the others are told to come again.
import type { IncomingMessage } from "node:http";
import { gunzipSync } from "node:zlib";

type Answer = { readonly status: number; readonly headers: readonly string[]; readonly body: Buffer };
type Forward = (from: IncomingMessage, body: Buffer, headers: string[]) => Promise<Answer>;

export function isBulk({ method, url }: IncomingMessage): boolean {
  return method === "POST" && /_bulk/.test(url ?? "");
}

/** Forwards the even actions; the odd ones get a 429 of their own. */
export async function forwardHalfTheBulk(
  from: IncomingMessage,
  body: Buffer,
  forward: Forward,
): Promise<Answer> {
  const actions = actionsOf(from, body);
  const through = Buffer.from(actions.filter((_, at) => at % 2 === 0).join(""));
  const headers = [
    "host",
    from.headers.host ?? "",
    "content-type",
    "application/x-ndjson",
    "content-length",
    String(through.length),
  ];
  const { authorization } = from.headers;
  if (authorization !== undefined) headers.push("authorization", authorization);
  const answer = await forward(from, through, headers);
  const { items = [], ...rest } = JSON.parse(answer.body.toString("utf8")) as { items?: object[] };
  const refusal = { status: 429, error: { type: "es_rejected_execution_exception", reason: "queue full" } };
  const all = actions.map((action, at) => {
    if (at % 2 === 0) return items[at / 2];
    return { [Object.keys(JSON.parse(action.split("\n")[0]!) as object)[0]!]: refusal };
  });
  const merged = Buffer.from(JSON.stringify({ ...rest, errors: true, items: all }));
  return {
    status: answer.status,
    headers: ["content-type", "application/json", "content-length", String(merged.length)],
    body: merged,
  };
}

/** The lines of each action: its head, and its document where it has one. */
export function actionsOf(from: IncomingMessage, body: Buffer): string[] {
  const actions: string[] = [];
  const plain = from.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
  const lines = plain.toString("utf8").split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    if (lines[at] === "") continue;
    const hasDocument = !lines[at]!.startsWith('{"delete"');
    actions.push(hasDocument ? `${lines[at]}\n${lines[at + 1]}\n` : `${lines[at]}\n`);
    if (hasDocument) at += 1;
  }
  return actions;
}
