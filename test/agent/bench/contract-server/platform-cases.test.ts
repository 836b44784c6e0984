// The platform server is held to every case that was recorded on the real one, in their order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startPlatformApi } from "../../../fakes/platform-api.ts";
import { createPlayer, readCases, recordedClock } from "./recorded-cases.ts";

const cases = readCases("platform-cases.jsonl");

test("startPlatformApi() answers as the real service did in every recorded case", async (t) => {
  assert.equal(cases.length, 44);
  const server = await startPlatformApi(t, { season: null, nowMs: recordedClock() });
  const admin = await loginOf(server.url, "superadmin_login", "superadmin_pwd");
  const play = createPlayer(server.url);
  let token = admin;
  for (const recorded of cases) {
    const name = recorded.case;
    if (name === "validate") token = server.cameraToken(1);
    if (name === "orgs as agent") token = await loginOf(server.url, "agent", "agent_pwd");
    const shown = { status: null, "no token": null, "bad token": "a.b.c" }[name];
    await t.test(name, () => play(recorded, shown === undefined ? token : shown));
  }
});

async function loginOf(url: string, username: string, password: string): Promise<string> {
  const answer = await fetch(`${url}/api/v1/login/creds`, {
    method: "POST",
    body: new URLSearchParams({ username, password }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}
