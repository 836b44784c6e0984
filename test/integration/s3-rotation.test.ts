// Keys that are exchanged while the outbox is on its way to a real S3 server: nothing is parked, nothing is lost, nobody starts anew.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { parseConfig } from "../../agent/config.ts";
import { withCredentialFiles } from "../../agent/credential-files.ts";
import { openSending } from "../../agent/sending.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { eventually } from "../fakes/eventually.ts";
import { frameEntry, openTestStore, temporaryFolder } from "../fakes/store.ts";

const endpoint = process.env.OUTRIDER_TEST_S3 ?? "";
/** e.g. "radosgw-admin -c DIR/ceph.conf -n client.rgw.a" */
const admin = (process.env.OUTRIDER_TEST_S3_ADMIN ?? "").split(" ").filter(Boolean);
const skip =
  (endpoint === "" || admin.length === 0) &&
  "OUTRIDER_TEST_S3 and OUTRIDER_TEST_S3_ADMIN (radosgw-admin -c DIR/ceph.conf -n client.rgw.a) are not set";

const frames = 400;
type Key = { readonly id: string; readonly secret: string };
const freshKey = (): Key => ({ id: randomBytes(8).toString("hex"), secret: randomBytes(16).toString("hex") });

test("a key that is exchanged in the middle of a drain is taken up without a restart, and nothing is parked", {
  skip,
}, async (t) => {
  const uid = `rotation-${randomBytes(4).toString("hex")}`;
  const ask = async (...words: string[]): Promise<void> => {
    const [program, ...first] = admin as [string, ...string[]];
    await promisify(execFile)(program, [...first, ...words], { timeout: 60_000 });
  };
  const [old, fresh] = [freshKey(), freshKey()];
  await ask(
    "user",
    "create",
    `--uid=${uid}`,
    "--display-name=rotation",
    `--access-key=${old.id}`,
    `--secret-key=${old.secret}`,
  );
  t.after(() => ask("user", "rm", `--uid=${uid}`, "--purge-data").catch(() => undefined));
  const credentials = { accessKeyId: old.id, secretAccessKey: old.secret };
  const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: uid }));
  client.destroy();

  const file = join(temporaryFolder(t), "credentials");
  const write = ({ id, secret }: Key): void => {
    const text = `AWS_ACCESS_KEY_ID=${id}\nAWS_SECRET_ACCESS_KEY=${secret}\n`;
    writeFileSync(`${file}.new`, text, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  write(old);
  const clock = createSystemClock();
  const store = openTestStore(t, { commitWindowMs: 50 });
  const sync = { bucket: `s3://${uid}`, index: null, endpoint, concurrency: 4, bytesPerSecond: 1_000_000 };
  const sending = openSending({
    config: parseConfig({ data: temporaryFolder(t), sync }, "test"),
    store,
    clock,
    log: silentLog,
    env: withCredentialFiles({ OUTRIDER_CREDENTIALS_FILE: file }),
    random: Math.random,
    events: null,
  });
  const pictureTargets = sending.targets.list.map(({ name }) => name);
  for (let n = 0; n < frames; n += 1) void store.keep(frameEntry(n, { pictureTargets, size: 20_000 }));
  await store.settle();
  const stop = new AbortController();
  const running = [sending.drain.run({ follow: true, signal: stop.signal }), sending.follow(stop.signal)];
  const delivered = (): number => sending.drain.status()[0]!.delivered;
  await eventually("a part of them", () => delivered() > 50, 60_000);

  // The hard way: the old key is refused for a while before anybody here knows the new one.
  await ask(
    "key",
    "create",
    `--uid=${uid}`,
    "--key-type=s3",
    `--access-key=${fresh.id}`,
    `--secret-key=${fresh.secret}`,
  );
  await ask("key", "rm", `--uid=${uid}`, "--key-type=s3", `--access-key=${old.id}`);
  await eventually(
    "a refusal",
    () => sending.drain.status()[0]!.problem !== null || delivered() === frames,
    60_000,
  );
  const before = delivered();
  assert.ok(before < frames, "the key was exchanged in the middle");
  write(fresh);
  await eventually("all of them", () => delivered() === frames, 60_000);
  assert.equal(store.outbox.parked().length, 0);
  stop.abort();
  await Promise.all(running);
  await sending.close();
});
