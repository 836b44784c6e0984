// `outrider import` as it is typed: mistakes, accounts from .env, results, Ctrl-C.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openImportJournal } from "../../agent/import/journal.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { startImport } from "../fakes/import.ts";
import { outrider } from "./outrider.ts";

test("import tells every mistake and every missing account at once", async (t) => {
  const { folder } = await startImport(t, { platform: { season: null } });
  const wrong = ["import", "--date-from", "2024-01-02", "--date-end", "2024-01-01", "--max-workers", "no"];
  const mistakes = await outrider(folder(), wrong);
  assert.equal(mistakes.code, 2);
  assert.match(mistakes.stderr, /--date-from must be earlier than or equal to --date-end/);
  assert.match(mistakes.stderr, /--max-workers: .*"no"/);
  assert.match(mistakes.stderr, /Try: outrider import --help/);
  const nobody = await outrider(folder(), ["import", "--date-from", "2024-01-01"], {
    env: { PLATFORM_LOGIN: "me" },
  });
  assert.equal(nobody.code, 2);
  for (const name of ["PLATFORM_PASSWORD", "PLATFORM_ADMIN_LOGIN", "PLATFORM_ADMIN_PASSWORD"])
    assert.match(nobody.stderr, new RegExp(`Missing platform credentials: ${name} is not set`));
  assert.doesNotMatch(nobody.stderr, /PLATFORM_LOGIN is not set/);
});

test("import takes its accounts from .env, goes on after Ctrl-C, and answers in one line of JSON", async (t) => {
  const { annotation, flags, env, folder } = await startImport(t, { annotation: { latencyMs: 100 } });
  const here = folder();
  writeFileSync(
    join(here, ".env"),
    Object.entries(env)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(""),
  );
  const line = [
    ...["import", "--date-from", "2026-07-01", "--date-end", "2026-07-03", "--json"],
    ...["--url-api-platform", flags.urlApiPlatform!, "--url-api-annotation", flags.urlApiAnnotation!],
  ];
  const stopped = await outrider(here, line, {
    whileRunning: { after: /to go through/, act: (kill) => kill("SIGINT") },
  });
  assert.equal(stopped.code, 130, stopped.stderr);
  assert.equal(JSON.parse(stopped.stdout).stopped, true);
  const journal = openImportJournal(annotation.url, {
    data: join(here, "outrider-data"),
    clock: createSystemClock(),
    log: silentLog,
    readOnly: false,
  });
  const beside = await outrider(here, line);
  assert.equal(beside.code, 1);
  assert.match(beside.stderr, new RegExp(`Another import runs .*\\(process ${process.pid}\\): wait`));
  await journal.close();
  const done = await outrider(here, line);
  assert.equal(done.code, 0, done.stderr);
  const result = JSON.parse(done.stdout);
  assert.deepEqual([result.failedSequences, result.problems], [0, []]);
  assert.equal(annotation.state().length, result.totalSequences);
  for (const said of [stopped, done])
    for (const secret of [env.PLATFORM_PASSWORD!, env.ANNOTATOR_PASSWORD!])
      assert.ok(!(said.stderr + said.stdout).includes(secret));
});
