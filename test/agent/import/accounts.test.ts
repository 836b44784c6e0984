import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
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
