import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { withCredentialFiles } from "../../../agent/credential-files.ts";
import { readAnnotationAccount, readPlatformAccounts } from "../../../agent/import/accounts.ts";
import { withEnvironmentFile } from "../../../agent/import/environment-file.ts";

test("readPlatformAccounts() names all that is missing at once", () => {
  assert.deepEqual(readPlatformAccounts({}).problems, [
    "PLATFORM_LOGIN is not set",
    "PLATFORM_PASSWORD is not set",
    "PLATFORM_ADMIN_LOGIN is not set",
    "PLATFORM_ADMIN_PASSWORD is not set",
  ]);
  assert.deepEqual(readPlatformAccounts({ ALERT_API_LOGIN: "me", PLATFORM_PASSWORD: "x" }).problems, [
    "ALERT_API_ADMIN_LOGIN is not set",
    "ALERT_API_ADMIN_PASSWORD is not set",
  ]);
});

test("readPlatformAccounts() takes the newer name, and warns only where both differ", () => {
  const env = {
    ALERT_API_LOGIN: "new",
    PLATFORM_LOGIN: "old",
    ALERT_API_PASSWORD: "same-secret",
    PLATFORM_PASSWORD: "same-secret",
    PLATFORM_ADMIN_LOGIN: "boss",
    PLATFORM_ADMIN_PASSWORD: "boss-secret",
  };
  const { accounts, warnings } = readPlatformAccounts(env);
  assert.deepEqual(accounts, {
    user: { username: "new", password: "same-secret" },
    admin: { username: "boss", password: "boss-secret" },
  });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /ALERT_API_LOGIN and PLATFORM_LOGIN/);
  assert.doesNotMatch(warnings.join(), /secret|old/);
});

test("readAnnotationAccount() chooses by where the service is", () => {
  const env = {
    LOCAL_ANNOTATION_LOGIN: "here",
    LOCAL_ANNOTATION_PASSWORD: "1",
    MAIN_ANNOTATION_LOGIN: "there",
    MAIN_ANNOTATION_PASSWORD: "2",
    ANNOTATOR_LOGIN: "both",
    ANNOTATOR_PASSWORD: "3",
  };
  const user = (url: string, from: Record<string, string>) =>
    readAnnotationAccount(from, url).accounts?.username ?? null;
  for (const here of ["http://localhost:5050", "http://127.0.1.1:5050", "http://[::1]:5050"])
    assert.equal(user(here, env), "here");
  assert.equal(user("https://annotation.example.org", env), "there");
  assert.equal(user("https://localhost.example.org", env), "there");
  const { ANNOTATOR_LOGIN, ANNOTATOR_PASSWORD } = env;
  assert.equal(user("https://annotation.example.org", { ANNOTATOR_LOGIN, ANNOTATOR_PASSWORD }), "both");
});

test("readAnnotationAccount() falls back to a service's first account on this machine only, and says so", () => {
  const here = readAnnotationAccount({}, "http://localhost:5050");
  assert.equal(here.accounts?.username, "admin");
  assert.match(here.warnings[0] ?? "", /first account/);
  const away = readAnnotationAccount({}, "https://annotation.example.org");
  assert.equal(away.accounts, null);
  assert.deepEqual(away.problems, [
    "MAIN_ANNOTATION_LOGIN is not set",
    "MAIN_ANNOTATION_PASSWORD is not set",
  ]);
  assert.deepEqual(
    readAnnotationAccount({ LOCAL_ANNOTATION_LOGIN: "me" }, "http://localhost:5050").problems,
    ["LOCAL_ANNOTATION_PASSWORD is not set"],
  );
});

test("withEnvironmentFile() reads quotes and dollars as they stand, and the shell wins", (t) => {
  const folder = temporary(t);
  writeFileSync(
    join(folder, ".env"),
    '# accounts\nPLATFORM_LOGIN=me\nPLATFORM_PASSWORD=\'pa$$ #1 "x"\'\nexport PLATFORM_ADMIN_LOGIN="boss"\nSHELL_SET=file\n',
  );
  const env = withEnvironmentFile({ SHELL_SET: "shell" }, folder);
  assert.equal(env.PLATFORM_LOGIN, "me");
  assert.equal(env.PLATFORM_PASSWORD, 'pa$$ #1 "x"');
  assert.equal(env.PLATFORM_ADMIN_LOGIN, "boss");
  assert.equal(env.SHELL_SET, "shell");
});

test("withEnvironmentFile() reads what editors and people leave in such a file", (t) => {
  const folder = temporary(t);
  const read = (text: string | Uint8Array): unknown => {
    writeFileSync(join(folder, ".env"), text);
    return { ...withEnvironmentFile({}, folder) };
  };
  for (const [text, values] of [
    ["\uFEFFA=1\r\nB=2\r\n", { A: "1", B: "2" }],
    ["A=ab#cd\nB=ab #cd\nC=#ab", { A: "ab#cd", B: "ab", C: "#ab" }],
    ['A="a\\"b"\nB=\'c\\\'d\' # why\nC="C:\\\\x"', { A: 'a"b', B: "c'd", C: "C:\\x" }],
    ['A="two\nlines"\nB=1', { A: "two\nlines", B: "1" }],
    ['  export A = x y \nNOTHING\nE=\nF=a"b', { A: "x y", E: "", F: 'a"b' }],
    ["A=p$w$1$B\nA=last", { A: "last" }],
    ["# none\n\n", {}],
  ] as const)
    assert.deepEqual(read(text), values, JSON.stringify(text));
  // A value is never told: it may be a password.
  for (const bad of ['A=1\nB="secret\n', "A=1\nB='a'secret", "A=1\nsecret: yes"])
    assert.throws(
      () => read(bad),
      ({ message }: Error) =>
        /\.env line 2: expected NAME=value/.test(message) && !message.includes("secret"),
    );
  assert.throws(() => read(Buffer.from("A=1\n", "utf16le").fill(0xff, 0, 1)), /expected UTF-8/);
});

test("withEnvironmentFile() changes nothing without a file, and keeps values that are looked up when read", (t) => {
  const folder = temporary(t);
  let value = "first";
  const live = Object.defineProperty({}, "ROTATED", { enumerable: true, get: () => value });
  assert.equal(withEnvironmentFile(live, folder), live);
  writeFileSync(join(folder, ".env"), "OTHER=1\n");
  const env = withEnvironmentFile(live, folder);
  value = "second";
  assert.deepEqual([env.ROTATED, env.OTHER], ["second", "1"]);
});

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "outrider-env-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("withEnvironmentFile() fills what credential files could hold and do not", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "outrider-env-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, ".env"), "LOCAL_ANNOTATION_LOGIN=me\n");
  const env = withEnvironmentFile(withCredentialFiles({ HOME: folder }), folder);
  assert.equal(env.LOCAL_ANNOTATION_LOGIN, "me");
});
