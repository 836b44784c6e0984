import assert from "node:assert/strict";
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { credentialFacts, withCredentialFiles } from "../../agent/credential-files.ts";
import { readIndexUser, readS3Credentials } from "../../agent/credentials.ts";
import { temporaryFolder } from "../fakes/store.ts";

test("withCredentialFiles() gives a file's values before the environment's, and new ones as soon as it changes", (t) => {
  const file = join(temporaryFolder(t), "credentials");
  const write = (text: string): void => {
    writeFileSync(`${file}.new`, text, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  write(
    "# of the car\nAWS_ACCESS_KEY_ID=one\nexport AWS_SECRET_ACCESS_KEY='first secret'\nES_USER_ID = \"me\"\n\n",
  );
  const env = withCredentialFiles({
    OUTRIDER_CREDENTIALS_FILE: file,
    PATATE_S3_KEY_ID: "old",
    PATATE_S3_KEY: "old",
    ES_USER_PWD: "from the environment",
    OTHER: "stays",
  });
  assert.deepEqual(readS3Credentials(env), { accessKeyId: "one", secretAccessKey: "first secret" });
  assert.deepEqual(readIndexUser(env), { user: "me", password: "from the environment" });
  assert.equal(env.OTHER, "stays");
  const before = credentialFacts({ OUTRIDER_CREDENTIALS_FILE: file });
  write("AWS_ACCESS_KEY_ID=two\nAWS_SECRET_ACCESS_KEY=second\nAWS_SESSION_TOKEN=token\n");
  assert.notDeepEqual(credentialFacts({ OUTRIDER_CREDENTIALS_FILE: file }), before);
  assert.deepEqual(readS3Credentials(env), {
    accessKeyId: "two",
    secretAccessKey: "second",
    sessionToken: "token",
  });
  rmSync(file);
  assert.equal(readS3Credentials(env).accessKeyId, "old");
  assert.deepEqual(credentialFacts({ OUTRIDER_CREDENTIALS_FILE: file }), []);
});

test("withCredentialFiles() refuses a file that others may read, or that is no such file, without showing it", (t) => {
  const file = join(temporaryFolder(t), "credentials");
  const env = withCredentialFiles({ OUTRIDER_CREDENTIALS_FILE: file });
  writeFileSync(file, "AWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=b\n", { mode: 0o600 });
  chmodSync(file, 0o640);
  assert.throws(() => readS3Credentials(env), /owner alone \(chmod 600\), got mode 0640/);
  chmodSync(file, 0o600);
  assert.equal(readS3Credentials(env).accessKeyId, "a");
  writeFileSync(file, "AWS_ACCESS_KEY_ID=a\nhush hush\n");
  assert.throws(
    () => readS3Credentials(env),
    (error: Error) => {
      assert.match(error.message, /Expected NAME=value .* line 2/);
      return !error.message.includes("hush");
    },
  );
});

test("withCredentialFiles() reads the profile of the AWS tools where nobody names a key, and never half of it", (t) => {
  const home = temporaryFolder(t);
  mkdirSync(join(home, ".aws"));
  writeFileSync(
    join(home, ".aws", "credentials"),
    "[default]\naws_access_key_id = d\naws_secret_access_key = ds\n\n[ car ]\naws_access_key_id=c\naws_secret_access_key=cs\naws_session_token=ct\nregion=x\n",
  );
  assert.equal(readS3Credentials(withCredentialFiles({ HOME: home })).accessKeyId, "d");
  assert.deepEqual(readS3Credentials(withCredentialFiles({ HOME: home, AWS_PROFILE: "car" })), {
    accessKeyId: "c",
    secretAccessKey: "cs",
    sessionToken: "ct",
  });
  const named = withCredentialFiles({ HOME: home, AWS_ACCESS_KEY_ID: "n", AWS_SECRET_ACCESS_KEY: "ns" });
  assert.deepEqual(readS3Credentials(named), { accessKeyId: "n", secretAccessKey: "ns" });
  assert.throws(
    () => readS3Credentials(withCredentialFiles({ HOME: home, AWS_PROFILE: "none" })),
    /S3 needs/,
  );
});
