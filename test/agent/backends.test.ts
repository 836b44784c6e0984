import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import {
  AddressError,
  type BackendOptions,
  bucketsByName,
  openBucket,
  openLabelIndex,
  parseIndexAddress,
  resolveIndexAddress,
} from "../../agent/backends.ts";
import { parseConfig } from "../../agent/config.ts";
import { planIndex } from "../../agent/create-index.ts";
import { CredentialsError, readIndexUser, readS3Credentials } from "../../agent/credentials.ts";
import { openBackends } from "../../agent/open-backends.ts";
import { addressOf, joinKey, placeOfPicture, splitBucket } from "../../agent/picture-address.ts";
import { silentLog } from "../../device/log.ts";
import { createManualClock } from "../fakes/manual-clock.ts";

const warned: string[] = [];
const options = (env: BackendOptions["env"] = {}): BackendOptions => ({
  data: "/tmp/outrider-none",
  endpoint: null,
  region: "us-east-1",
  caFile: null,
  env,
  log: { ...silentLog, warn: (_fields, message) => warned.push(message) },
});
const keys = { PATATE_S3_KEY_ID: "id", PATATE_S3_KEY: "key" };

test("openBucket() opens folders and S3 buckets, with the folder inside a bucket split off", () => {
  assert.equal(openBucket("folder:", options()).bucket.url, "folder:/tmp/outrider-none/bucket");
  assert.equal(openBucket("folder:x/y", options()).bucket.url, `folder:${resolve("x/y")}`);
  for (const [address, name, folder] of [
    ["s3://my-bucket", "my-bucket", ""],
    ["s3://my-bucket/sub//dir/", "my-bucket", "sub/dir"],
    ["my-bucket/", "my-bucket", ""],
    ["032854191254-patate/sub", "032854191254-patate", "sub"],
  ] as const) {
    const opened = openBucket(address, options(keys));
    assert.deepEqual([opened.bucket.name, opened.bucket.url, opened.folder], [name, `s3://${name}`, folder]);
  }
});

test("openBucket() stops without credentials for S3, and refuses what is no bucket", () => {
  assert.throws(() => openBucket("s3://b-b", options()), /S3 needs credentials: set PATATE_S3_KEY_ID/);
  for (const address of ["", "s3://", "ftp://x/y", "s3://b c", "-x"])
    assert.throws(() => openBucket(address, options(keys)), AddressError, address);
});

test("bucketsByName() answers to other names with S3, and with one folder to every name", async () => {
  const s3 = bucketsByName(openBucket("s3://one-1", options(keys)), options(keys));
  assert.equal(s3.named("two-2")?.url, "s3://two-2");
  assert.equal(s3.named("two-2"), s3.named("two-2"));
  const folder = openBucket("folder:/tmp/outrider-none/b", options());
  assert.equal(bucketsByName(folder, options()).named("old-name"), folder.bucket);
  await s3.close();
  await s3.close();
});

test("readS3Credentials() takes the names of the existing tools first, then AWS's with the token", () => {
  const aws = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t" };
  assert.deepEqual(readS3Credentials({ ...aws, ...keys }), { accessKeyId: "id", secretAccessKey: "key" });
  assert.deepEqual(readS3Credentials(aws), { accessKeyId: "a", secretAccessKey: "s", sessionToken: "t" });
  assert.throws(
    () => readS3Credentials({ PATATE_S3_KEY_ID: "secret-id" }),
    (error: unknown) => {
      assert.ok(error instanceof CredentialsError);
      assert.match(
        error.message,
        /PATATE_S3_KEY_ID and PATATE_S3_KEY to be set together, got only PATATE_S3_KEY_ID$/,
      );
      assert.ok(!error.message.includes("secret-id"));
      return true;
    },
  );
});

test("readIndexUser() knows both generations of names, and nobody", () => {
  assert.equal(readIndexUser({}), null);
  assert.deepEqual(readIndexUser({ ES_USER_ID: "u", ES_USER_PWD: "p" }), { user: "u", password: "p" });
  assert.deepEqual(
    readIndexUser({ ES_USER_ID: "u", ES_USER_PWD: "p", PATATE_ES_USER_ID: "v", PATATE_ES_USER_PWD: "q" }),
    {
      user: "v",
      password: "q",
    },
  );
});

test("openLabelIndex() warns when it has no user, never when it has, and hides a password", async () => {
  warned.length = 0;
  const anonymous = openLabelIndex("http://127.0.0.1:1/labels", options());
  assert.equal(anonymous.url, "http://127.0.0.1:1/labels");
  assert.equal(warned.length, 1);
  await anonymous.close();
  const named = openLabelIndex("http://127.0.0.1:1", options({ ES_USER_ID: "u", ES_USER_PWD: "p" }));
  assert.equal(named.url, "http://127.0.0.1:1/patate-db");
  const inAddress = openLabelIndex("http://u:hush@127.0.0.1:1/x", options());
  assert.ok(!inAddress.url.includes("hush"));
  assert.equal(warned.length, 1);
  assert.equal(openLabelIndex("local:", options()).url, "local:/tmp/outrider-none/index");
});

test("parseIndexAddress() splits server and index, and refuses the rest without showing a password", () => {
  assert.deepEqual(parseIndexAddress("https://h:9200/proxy/path/labels"), {
    server: "https://h:9200/proxy/path",
    index: "labels",
    hasUser: false,
  });
  for (const address of ["h:9200/x", "http://", "http://u:hush@h/UPPER", "http://h/x?q=1", "http://h/_all"]) {
    assert.throws(
      () => parseIndexAddress(address),
      (error: unknown) => error instanceof AddressError && !error.message.includes("hush"),
      address,
    );
  }
});

test("resolveIndexAddress() takes a bare name for another index of the configured server", () => {
  assert.equal(resolveIndexAddress("other", "http://h:9200/labels"), "http://h:9200/other");
  assert.equal(resolveIndexAddress(undefined, "local:"), "local:");
  assert.equal(resolveIndexAddress("local:x", "http://h:9200/labels"), "local:x");
  assert.throws(() => resolveIndexAddress("other", "local:"), AddressError);
  assert.throws(() => resolveIndexAddress("Other", "http://h:9200"), AddressError);
});

test("planIndex() names a new index by the day, and gives the common name to servers only", () => {
  const nowUs = Date.UTC(2026, 10, 21) * 1000;
  const plan = (index: string | undefined, configured: string, promote = false) =>
    planIndex({ index, configured, promote }, nowUs);
  assert.deepEqual(plan(undefined, "http://h:9200/labels", true), {
    address: "http://h:9200/patate-db-261121",
    promote: true,
  });
  assert.equal(plan("mine", "http://h:9200").address, "http://h:9200/mine");
  assert.equal(plan(undefined, "local:").address, "local:");
  assert.throws(() => plan(undefined, "local:", true), /Expected an index on a server/);
});

test("openBackends() says what is not configured", () => {
  const { sync } = parseConfig({ sync: { bucket: null } }, "test");
  const given = {
    config: { data: "/tmp/outrider-none", sync },
    env: {},
    log: silentLog,
    clock: createManualClock(),
    random: () => 0,
  };
  assert.throws(() => openBackends({ ...given, bucket: true }), /No bucket is configured: give --bucket/);
  assert.throws(
    () =>
      openBackends({ ...given, config: { ...given.config, sync: { ...sync, index: null } }, bucket: false }),
    /No label index is configured/,
  );
});

test("joinKey() and splitBucket() forgive slashes, addressOf() ends with one", () => {
  assert.equal(joinKey("my-bucket/", "/sub//dir"), "my-bucket/sub/dir");
  assert.equal(joinKey("", "a", ""), "a");
  assert.deepEqual(splitBucket("/my-bucket//a/"), ["my-bucket", "a"]);
  assert.equal(addressOf("b", "e/20200204"), "b/e/20200204/");
  assert.deepEqual(placeOfPicture({ s3_bucket: "b/e//d/", img_id: "i" }), { bucketName: "b", key: "e/d/i" });
  assert.equal(placeOfPicture({ s3_bucket: "", img_id: "i" }), null);
});
