// The identity and schema version of a store; what was written by a newer program, or by another one, is refused untouched.
import { ulid } from "ulid";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { DamagedValue, NewerValue, openJson, schemaVersion, sealJson } from "./codec.ts";
import type { Environment } from "./environment.ts";
import { metaTable } from "./store-tables.ts";

/** The store cannot be opened: foreign, newer, no permission. The message says what to do. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}

type Identity = { readonly version: number; readonly id: string; readonly createdAtUs: number };

const table = metaTable;
const key = "store";

/** Looks at a store before anything of it is opened, and writes nothing. @throws StoreError */
export function refuseStranger(environment: Environment, ourTables: readonly string[]): void {
  const names = environment.tableNames();
  const identity = names.includes(table) ? readIdentity(environment) : null;
  if (identity === "damaged") return;
  if (identity !== null) {
    if (identity.version <= schemaVersion) return;
    throw new StoreError(
      `The store ${environment.directory} was written by a newer outrider (schema ${identity.version}, this one knows ${schemaVersion}). Update this program; the store was not touched.`,
    );
  }
  // A store whose very first opening was cut short has some of our tables and no identity yet.
  const stranger = names.find((name) => name !== table && !ourTables.includes(name));
  if (stranger !== undefined) {
    throw new StoreError(
      `${environment.directory} holds the data of another program (a table "${stranger}"); choose another folder. It was not touched.`,
    );
  }
}

/** The id of the store; a new one is made where there is none, or where it is damaged. A reader of a store without one gets "". */
export function openIdentity(environment: Environment, deps: { clock: Clock; log: Log }): string {
  const found =
    environment.readOnly && !environment.tableNames().includes(table) ? null : readIdentity(environment);
  if (found !== null && found !== "damaged") return found.id;
  if (environment.readOnly) return "";
  if (found === "damaged")
    deps.log.error(
      { store: environment.directory },
      "the identity of the store is damaged; it gets a new one",
    );
  const made: Identity = { version: schemaVersion, id: ulid(), createdAtUs: deps.clock.now().wallUs };
  environment.table<string>(table).putSync(key, sealJson(made));
  return made.id;
}

function readIdentity(environment: Environment): Identity | "damaged" | null {
  const raw = environment.table<string>(table).get(key);
  if (raw === undefined) return null;
  try {
    return openJson<Identity>(raw);
  } catch (cause) {
    if (cause instanceof NewerValue) return { version: cause.version, id: "", createdAtUs: 0 };
    if (cause instanceof DamagedValue) return "damaged";
    throw cause;
  }
}
