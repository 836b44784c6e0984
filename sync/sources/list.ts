// A list of a data set: rows of a CSV file, read line by line with bounds, whatever its separator and its byte order mark.
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { parse } from "csv-parse";

/** A row with the line it stands on. */
export type ListRow = { readonly line: number; readonly values: readonly string[] };

export type List = { readonly columns: readonly string[]; readonly rows: AsyncIterable<ListRow> };

/** One row of a list may have so many characters; a file without line ends is none. */
const maxRow = 1_000_000;
const headBytes = 65_536;

/** The column names of a CSV file, trimmed; empty when it is empty. @throws when it cannot be read. */
export async function readColumns(path: string): Promise<readonly string[]> {
  const head = await readHead(path);
  const separator = separatorOf(head);
  for await (const row of rowsOf(path, { separator, to: 1 })) return row.values.map((name) => name.trim());
  return [];
}

/**
 * All rows of a CSV file without its head.
 * @throws ListError when it is no CSV, at the row that shows it.
 */
export async function* readRows(path: string, options: { header: boolean }): AsyncIterable<ListRow> {
  const separator = separatorOf(await readHead(path));
  yield* rowsOf(path, { separator, from: options.header ? 2 : 1 });
}

/** A file is not the list it looked like. */
export class ListError extends Error {
  override readonly name = "ListError";
}

async function* rowsOf(
  path: string,
  options: { separator: string; from?: number; to?: number },
): AsyncIterable<ListRow> {
  const file = createReadStream(path);
  const parser = parse({
    bom: true,
    delimiter: options.separator,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: maxRow,
    info: true,
    ...(options.from === undefined ? {} : { from: options.from }),
    ...(options.to === undefined ? {} : { to: options.to }),
  });
  file.on("error", (cause) => parser.destroy(cause));
  file.pipe(parser);
  try {
    for await (const each of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>)
      yield { line: each.info.lines, values: each.record };
  } catch (cause) {
    throw new ListError(`cannot be read as a list: ${(cause as Error).message}`, { cause });
  } finally {
    file.destroy();
    parser.destroy();
  }
}

/** Comma, unless the first line says otherwise. */
function separatorOf(head: string): string {
  const [first = ""] = head.split(/\r?\n/, 1);
  const count = (separator: string): number => first.split(separator).length;
  return [",", ";", "\t"].reduce((best, each) => (count(each) > count(best) ? each : best));
}

async function readHead(path: string): Promise<string> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}
