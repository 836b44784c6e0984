import assert from "node:assert/strict";
import { test } from "node:test";
import { daysBetween, isDay } from "../../../agent/import/days.ts";
import { createGone } from "../../../agent/import/gone.ts";
import { listDays } from "../../../agent/import/list-days.ts";
import { readImportOptions } from "../../../agent/import/options.ts";
import { createPatience } from "../../../agent/import/patience.ts";
import { silentLog } from "../../../device/log.ts";
import { createPlatformApi } from "../../../sync/clients/platform-client.ts";
import { createFastClock } from "../../fakes/fast-clock.ts";
import { importSeason, startImport } from "../../fakes/import.ts";
import { createFakePerson } from "../../fakes/person.ts";

const days = daysBetween("2026-06-30", "2026-07-04");

test("listDays() tells a day that could not be read, after another try, and never takes it for an empty one", async (t) => {
  const { list, platform } = await startListing(t);
  const all = await list();
  assert.deepEqual([all.rows.length, all.problems], [importSeason.sequences, []]);
  const { count } = platform.requests()["GET /sequences/all/fromdate"] ?? { count: 0 };
  assert.equal(count, days.length);
  platform.behave({ faults: { "503": 1 } });
  const none = await list();
  assert.equal(none.rows.length, 0);
  assert.deepEqual(none.problems.map(({ of }) => of).sort(), days.map((day) => `day ${day}`).sort());
});

test("listDays() does not wait for every day when the platform has gone", async (t) => {
  const { list, platform } = await startListing(t);
  platform.behave({ down: true });
  const { problems } = await list();
  assert.equal(problems.length, days.length);
  assert.match(problems.map(({ problem }) => problem).join(), /not tried: it has gone/);
});

test("isDay() knows the calendar", () => {
  for (const day of ["2024-02-29", "2026-12-31"]) assert.ok(isDay(day), day);
  for (const day of ["2023-02-29", "2024-02-30", "2024-13-01", "2024-1-1", "20240101", ""])
    assert.ok(!isDay(day), day);
  assert.deepEqual(daysBetween("2024-02-28", "2024-03-01"), ["2024-02-28", "2024-02-29", "2024-03-01"]);
  assert.throws(() => daysBetween("1024-01-01", "2024-01-01"), RangeError);
});

async function startListing(t: Parameters<typeof startImport>[0]) {
  const { platform, env, flags } = await startImport(t);
  const account = { username: env.PLATFORM_LOGIN!, password: env.PLATFORM_PASSWORD! };
  const login = async () => account;
  const api = createPlatformApi({ url: platform.url, login, adminLogin: login });
  t.after(() => api.close());
  const { options } = readImportOptions({ ...flags, maxWorkers: "1" }, 0);
  const { signal } = t;
  const patience = { clock: createFastClock(1000), random: Math.random, log: silentLog, signal };
  const list = () =>
    listDays(days, {
      platform: api,
      options: options!,
      again: createPatience({ ...patience, attempts: 3, onRetry: () => undefined }),
      gone: createGone(async () => "it has gone"),
      person: createFakePerson(true),
      signal,
    });
  return { platform, list };
}
