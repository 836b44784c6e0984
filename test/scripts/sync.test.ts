// `outrider sync status|retry|drop` as they are typed, alone with a store and beside the process that writes to it.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import type { SyncStatus } from "../../agent/sync-status.ts";
import type { VerbContext } from "../../scripts/cli.ts";
import { createSyncCommand } from "../../scripts/sync.ts";
import { frameEntry, frameId, openTestStore, temporaryFolder } from "../fakes/store.ts";
import { outrider } from "./outrider.ts";

/** Runs the verb in this process. */
async function runHere(words: readonly string[], env: Record<string, string>) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  let code = 0;
  const context = {
    stdin: new PassThrough().end(),
    stdout,
    stderr,
    env: { OUTRIDER_CONFIG: "/dev/null", ...env },
    signal: new AbortController().signal,
    exit: (wanted: number) => {
      code = wanted;
    },
  } as unknown as VerbContext;
  const command = createSyncCommand(context);
  for (const each of [command, ...command.commands])
    each.exitOverride().configureOutput({ writeErr: () => undefined });
  await command.parseAsync([...words], { from: "user" });
  return { code, stdout: String(stdout.read() ?? ""), stderr: String(stderr.read() ?? "") };
}

test("outrider sync status says why nothing goes, drop gives up with a reason, retry brings back; beside a writer they say who", async (t) => {
  const folder = temporaryFolder(t);
  const directory = join(folder, "data", "store");
  const target = `folder:${join(folder, "away")}`;
  const env = { OUTRIDER_DATA: join(folder, "data"), OUTRIDER_BUCKET: target, OUTRIDER_INDEX: "local:" };
  const run = (...words: string[]) => runHere(words, env);
  const runApart = (...words: string[]) => outrider(folder, ["sync", ...words], { env });
  writeFileSync(join(folder, "away"), "a file where the bucket should be");
  const filling = openTestStore(t, { directory });
  for (let n = 0; n < 6; n += 1)
    await filling.keep(frameEntry(n, { pictureTargets: [target], labels: n % 2, size: 1000 }));
  const entry = filling.outbox.take(target, "labelled", { limit: 1, skip: () => false, nowUs: 0 })[0]!;
  await filling.commit(() => filling.outbox.settle({ entry, result: "parked", reason: "EntityTooLarge" }));
  await filling.close();

  const sent = await run();
  assert.equal(sent.code, 1, sent.stderr);
  const status = await run("status", "--json");
  const { writer, targets, parked } = JSON.parse(status.stdout) as SyncStatus;
  assert.equal(writer, null);
  const bucket = targets.find((each) => each.target === target)!;
  assert.deepEqual([bucket.waiting, bucket.parked, bucket.waitingByLane.unlabelled], [5, 1, 3]);
  assert.match(bucket.problem ?? "", /ENOTDIR|EEXIST|not a directory|a file/i);
  assert.ok(parked.some(({ kind, reason }) => kind === "picture" && reason === "EntityTooLarge"));
  assert.match(
    (await run("status")).stdout,
    /sending {3}nobody.*last failure \(\d+ s ago\): .*parked {4}picture/s,
  );

  const writing = openTestStore(t, { directory });
  const locked = await runApart("retry");
  assert.equal(locked.code, 1);
  assert.match(
    locked.stderr,
    new RegExp(`written by process ${process.pid}.*outrider remote \\S+ sync retry`, "s"),
  );
  const beside = await runApart("status");
  assert.match(beside.stdout, new RegExp(`sending {3}process ${process.pid}`));
  const counted = await runApart("drop", "--lane", "unlabelled", "--reason", "grass");
  assert.match(counted.stdout, /would drop 3 \(grass\); --yes does it/);
  await writing.close();

  for (const [words, rule] of [
    [["--reason", "x"], /Expected something that says what to drop/],
    [["--waiting"], /--reason/],
    [["--reason", "x", "--before", "yesterday"], /Expected a time like/],
    [["--reason", "x", "--lane", "urgent"], /alert, telemetry/],
  ] as const) {
    await assert.rejects(run("drop", ...words), rule);
  }
  const dropped = await run(
    "drop",
    "--waiting",
    "--lane",
    "unlabelled",
    "--reason",
    "grass",
    "--yes",
    "--json",
  );
  assert.equal(dropped.code, 0, dropped.stderr);
  assert.equal((JSON.parse(dropped.stdout) as { entries: number }).entries, 3);
  const nothing = await run("retry", "--id", "nobody");
  assert.match(nothing.stdout, /^0 back in the queue/);
  assert.match((await run("retry", "--id", frameId(1))).stdout, /^1 back in the queue/);
  const reopened = openTestStore(t, { directory });
  assert.equal(reopened.frames.count(), 6, "frames stay");
  assert.equal(reopened.counters.get("dropped/sync"), 3);
  const [written] = reopened.journal.newest(1);
  assert.deepEqual(
    [written?.act, written?.details.reason, written?.details.entries],
    ["sync.dropped", "grass", 3],
  );
  assert.deepEqual(
    reopened.outbox.parked().map(({ entry: { kind } }) => kind),
    ["label"],
  );
});
