// What a refusal says, in one readable line. FastAPI's `detail` comes as text and as a list; a server in debug mode answers with a
// traceback; a proxy or a captive portal with a web page.
import { printable } from "../printable.ts";

/** Words for HttpOptions.explain; empty: the body says nothing. What was sent (`input`) is left out: it may hold a password. */
export function explainRefusal(body: string): { readonly words: string } {
  return { words: printable(withoutSignatures(wordsOf(body.slice(0, maxReadChars))), maxChars) };
}

/** Who knows a signed address has the picture: what stands behind its `?` is left out. */
function withoutSignatures(words: string): string {
  return words.replaceAll(/(https?:\/\/[^\s?"'<>]{1,2000})\?[^\s"'<>]*/gi, "$1?…");
}

const maxReadChars = 65_536;
const maxMarkupChars = 4_096;
const maxListed = 5;
const maxChars = 400;

function wordsOf(body: string): string {
  const parsed = parseJson(body);
  if (parsed === undefined) return /^\s*</.test(body) ? ofMarkup(body) : ofText(body);
  if (typeof parsed === "string") return parsed;
  if (typeof parsed !== "object" || parsed === null) return body;
  const { detail, message, error } = parsed as { detail?: unknown; message?: unknown; error?: unknown };
  for (const said of [detail, message, error]) {
    if (typeof said === "string") return ofDetail(said);
    if (Array.isArray(said)) return ofList(said);
  }
  return JSON.stringify(detail ?? parsed);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // No JSON: a traceback, a web page or plain words.
    return undefined;
  }
}

/** pydantic adds a link to its manual. */
function ofDetail(detail: string): string {
  return detail.replaceAll(/For further information visit \S+/g, "");
}

/** `[{loc: ["body", "lat"], msg: "Field required", …}]` as `lat: Field required`. */
function ofList(items: readonly unknown[]): string {
  const said = items.slice(0, maxListed).map((item) => {
    const { loc, msg } = (typeof item === "object" && item !== null ? item : {}) as Record<string, unknown>;
    if (typeof msg !== "string") return typeof item === "string" ? item : "";
    const place = Array.isArray(loc)
      ? loc.filter((part, index) => index > 0 || !["body", "query", "path"].includes(part))
      : [];
    return place.length === 0 ? msg : `${place.join(".")}: ${msg}`;
  });
  const more = items.length > maxListed ? [`and ${items.length - maxListed} more`] : [];
  return [...new Set([...said.filter((words) => words !== ""), ...more])].join("; ");
}

/** Of a traceback the last line that names its error: below it stand only the statement and a link. */
function ofText(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const named = lines.findLast((line) => /^[A-Za-z_][\w.]*: \S/.test(line));
  const isTraceback = lines.some((line) => line.startsWith("Traceback (most recent call last)"));
  return isTraceback ? (named ?? lines.at(-1) ?? "") : text;
}

/** A web page by its title, an XML error by its code and message; its beginning, for what has no end would be looked for again and again. */
function ofMarkup(page: string): string {
  const text = page.slice(0, maxMarkupChars);
  const of = (tag: string): string | undefined =>
    new RegExp(`<${tag}[^>]*>([^<]*)</${tag}>`, "i").exec(text)?.[1]?.trim();
  const [code, message] = [of("Code"), of("Message")];
  if (code !== undefined) return message === undefined ? code : `${code}: ${message}`;
  const bare = text.replaceAll(/<(script|style)[\s\S]*?<\/\1>/gi, " ").replaceAll(/<[^>]*>/g, " ");
  return `a web page: ${of("title") || of("h1") || bare.trim() || "without words"}`;
}
