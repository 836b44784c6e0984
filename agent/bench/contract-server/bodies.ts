// The three encodings of a request's body: JSON, form, multipart; each told as FastAPI tells what is wrong with it.
import { type Call, refusal } from "./call.ts";
import { type Field, object, type Reader, readAll, type ValuesOf, whole } from "./fields.ts";

type Fields = Readonly<Record<string, Field<unknown>>>;

/** A file part of a multipart body. */
export type Upload = { readonly name: string; readonly bytes: Buffer };

/** @throws Refused 422. */
export function readJsonBody<T>(call: Call, read: Reader<T>): T {
  if (call.body.length === 0)
    throw refusal(422, [{ type: "missing", loc: ["body"], msg: "Field required", input: null }]);
  if (!/^application\/([\w.+-]+\+)?json\b/i.test(call.headers["content-type"] ?? ""))
    return readAll(read, `b'${call.body.toString("latin1")}'`, "body");
  return readAll(read, parseJson(call.body), "body");
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (cause) {
    const at = /position (\d+)/.exec((cause as Error).message)?.[1] ?? "0";
    throw refusal(422, [
      {
        type: "json_invalid",
        loc: ["body", Number(at)],
        msg: "JSON decode error",
        input: {},
        ctx: { error: "Expecting value" },
      },
    ]);
  }
}

/** Form fields, urlencoded or multipart; an empty field counts as missing, as FastAPI has it. @throws Refused 422 or 400. */
export async function readFormBody<S extends Fields>(call: Call, shape: S): Promise<ValuesOf<S>> {
  const fields = Object.fromEntries([...(await formEntries(call))].filter(([, value]) => value !== ""));
  return readAll(object(shape, { missingInput: () => null }), fields, "body");
}

async function formEntries(call: Call): Promise<readonly (readonly [string, string | Upload])[]> {
  const type = call.headers["content-type"] ?? "";
  if (/^application\/x-www-form-urlencoded\b/i.test(type))
    return [...new URLSearchParams(call.body.toString("utf8"))];
  if (!/^multipart\/form-data\b/i.test(type)) return [];
  const form = await new Response(new Uint8Array(call.body), { headers: { "content-type": type } })
    .formData()
    .catch((cause: unknown) => {
      throw Object.assign(refusal(400, "There was an error parsing the body"), { cause });
    });
  return Promise.all(
    [...form].map(async ([name, value]) =>
      typeof value === "string"
        ? ([name, value] as const)
        : ([name, { name: value.name, bytes: Buffer.from(await value.arrayBuffer()) }] as const),
    ),
  );
}

/** Reads a file part. */
export const upload: Reader<Upload> = (value, place) => {
  if (typeof value === "object" && value !== null) return value as Upload;
  place.problems.push({
    type: "value_error",
    loc: place.loc,
    msg: "Value error, Expected UploadFile, received: <class 'str'>",
    input: value,
    ctx: { error: {} },
  });
  return undefined as unknown as Upload;
};

/** Members of a query; those of `lists` may stand more than once. @throws Refused 422. */
export function readQuery<S extends Fields>(
  call: Call,
  shape: S,
  lists: readonly string[] = [],
): ValuesOf<S> {
  const given = Object.fromEntries(
    [...new Set(call.query.keys())].map((name) => [
      name,
      lists.includes(name) ? call.query.getAll(name) : call.query.getAll(name).at(-1),
    ]),
  );
  return readAll(object(shape, { missingInput: () => null }), given, "query");
}

/** A whole number in a path. @throws Refused 422. */
export function pathId(call: Call, name: string): number {
  return readAll(
    (value, place) => whole(value, { ...place, loc: ["path", name] }),
    call.params[name],
    "path",
  );
}
