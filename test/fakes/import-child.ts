// An import in a process of its own, to be killed. Arguments: JSON of { flags, env, data }.
import { loadConfig } from "../../agent/config.ts";
import { readImportAccounts } from "../../agent/import/accounts.ts";
import { readImportOptions } from "../../agent/import/options.ts";
import { runImport } from "../../agent/import/run-import.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { createFakePerson } from "./person.ts";

const { flags, env, data } = JSON.parse(process.argv[2] ?? "");
const { options } = readImportOptions(flags, Date.now());
const result = await runImport({
  options: options!,
  accounts: readImportAccounts(options!, env).accounts!,
  config: loadConfig({ file: "/dev/null", env: {}, flags: { data } }),
  person: createFakePerson(true),
  clock: createSystemClock(),
  random: Math.random,
  log: silentLog,
  signal: new AbortController().signal,
});
process.stdout.write(`${JSON.stringify(result)}\n`);
