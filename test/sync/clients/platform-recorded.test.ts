// The platform's clients against what the real alert platform was recorded to be asked and to answer.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { PlatformApi } from "../../../sync/clients/platform-api.ts";
import { createPlatformApi } from "../../../sync/clients/platform-client.ts";
import { createPlatformDevice, type PlatformDevice } from "../../../sync/clients/platform-device.ts";
import { LoginRefused } from "../../../sync/clients/service-login.ts";
import { makeJpegs } from "../../fakes/pictures.ts";
import {
  assertRecorded,
  type RecordedCase,
  recordedCase,
  startRecorded,
} from "../../fakes/recorded-service.ts";

const { signal } = new AbortController();
const [jpeg] = await makeJpegs(1);
const recorded = (name: string): RecordedCase => recordedCase("platform", name);

async function openApi(t: TestContext, ...cases: readonly RecordedCase[]) {
  const server = await startRecorded(t, cases);
  const account = async () => ({ username: "superadmin_login", password: "superadmin_pwd" });
  const api = createPlatformApi({ url: server.url, login: account, adminLogin: account });
  t.after(api.close);
  return { api, server };
}

async function openDevice(t: TestContext, ...cases: readonly RecordedCase[]) {
  const server = await startRecorded(t, cases);
  const device = createPlatformDevice({ url: server.url, token: async () => "camera-token" });
  t.after(device.close);
  return { device, server };
}

const reads: readonly (readonly [string, (api: PlatformApi) => Promise<unknown>])[] = [
  ["cameras", (api) => api.cameras(signal)],
  ["orgs admin", (api) => api.organizations(signal)],
  ["sequences fromdate", (api) => api.sequencesOf("2026-11-20", "extreme", signal)],
  ["seq detections", (api) => api.detectionsOf(2, { limit: 40, order: "asc" }, signal)],
  ["seq get", (api) => api.sequence(2, signal)],
];

for (const [name, read] of reads)
  test(`the recorded "${name}" is what is asked and understood`, async (t) => {
    const one = recorded(name);
    const { api, server } = await openApi(t, one);
    assert.deepEqual(await read(api), one.response.body);
    assert.equal(server.seen.length, 1);
    await assertRecorded(server.seen[0], one);
  });

const frame = { poseId: 1, picture: jpeg!, fileName: "frame.jpg" };
const box = (left: number, top: number, right: number, bottom: number, confidence: number) => ({
  xyxyn: [left, top, right, bottom] as const,
  confidence,
});

const calls: readonly (readonly [string, (device: PlatformDevice) => Promise<unknown>, unknown?])[] = [
  ["heartbeat", (device) => device.heartbeat(signal)],
  ["update image", (device) => device.updateImage(jpeg!, signal)],
  ["camera poses", (device) => device.poses(signal)],
  ["masks", (device) => device.occlusionMasks(1, signal)],
];

for (const [name, act] of calls)
  test(`the recorded "${name}" is what is asked`, async (t) => {
    const one = recorded(name);
    const { device, server } = await openDevice(t, one);
    const given = await act(device);
    if (given !== undefined) assert.deepEqual(given, one.response.body);
    const { seen } = server;
    assert.equal(seen[0]?.headers.authorization, "Bearer camera-token");
    // The name of the file is ours.
    const files =
      one.request.files === undefined ? {} : { files: { file: ["image.jpg", "", "image/jpeg"] as const } };
    await assertRecorded(seen[0], { ...one, request: { ...one.request, ...files } });
  });

test("createDetection() writes boxes, pose, time and picture as recorded", async (t) => {
  const one = recorded("det seq 0");
  const { device, server } = await openDevice(t, one);
  const boxes = [box(0.6, 0.6, 0.7, 0.7, 0.3), box(0.1, 0.1, 0.3, 0.3, 0.5)];
  const row = await device.createDetection(
    { ...frame, boxes, recordedAt: "2026-11-20T10:00:00+02:00" },
    signal,
  );
  assert.equal(row?.sequence_id, 1);
  const data = {
    ...one.request.data,
    bboxes: "[(0.100,0.100,0.300,0.300,0.500),(0.600,0.600,0.700,0.700,0.300)]",
  };
  await assertRecorded(server.seen[0], { ...one, request: { ...one.request, data } });
});

test("createDetection() is null when nothing is seen and nothing is open", async (t) => {
  const { device } = await openDevice(
    t,
    recorded("det empty bboxes no seq"),
    recorded("det empty continuity"),
  );
  const nothing = { ...frame, boxes: [], recordedAt: "2026-11-20T10:00:00Z" };
  assert.equal(await device.createDetection(nothing, signal), null);
  assert.equal((await device.createDetection(nothing, signal))?.sequence_id, 1);
});

test("createDetection() sends crops only when each box that goes has one", async (t) => {
  const { device, server } = await openDevice(t, recorded("det seq 0"), recorded("det seq 1"));
  const boxes = Array.from({ length: 6 }, (_, at) => ({ ...box(0, 0, 1, 1, at / 10), crop: jpeg! }));
  const recordedAt = "2026-11-20T10:00:00Z";
  await device.createDetection({ ...frame, boxes, recordedAt }, signal);
  const { crop: _crop, ...bare } = boxes[5]!;
  await device.createDetection({ ...frame, boxes: [bare, boxes[4]!], recordedAt }, signal);
  const crops = server.seen.map(({ body }) => body.toString("latin1").match(/name="crop"/g)?.length ?? 0);
  assert.deepEqual(crops, [5, 0]);
});

test("createDetection() and pictures refuse what the platform would refuse before anything is sent", async (t) => {
  const { device, server } = await openDevice(t);
  const recordedAt = "2026-11-20T10:00:00Z";
  await assert.rejects(
    device.createDetection({ ...frame, boxes: [box(0.1, 0.1, 0.1, 0.8, 0.5)], recordedAt }, signal),
    { kind: "permanent", message: /boxes\[0\]: expected left < right/ },
  );
  await assert.rejects(device.updateImage(jpeg!.subarray(0, 100), signal), {
    kind: "permanent",
    message: /whole picture/,
  });
  assert.equal(server.seen.length, 0);
});

test("a pose that is none of ours is permanent, in the platform's words", async (t) => {
  const { device } = await openDevice(t, recorded("det wrong pose"));
  await assert.rejects(
    device.createDetection(
      { ...frame, boxes: [box(0.1, 0.1, 0.8, 0.8, 0.5)], recordedAt: "2026-11-20T10:00:00Z" },
      signal,
    ),
    { kind: "permanent", status: 404, message: /Table Pose has no corresponding entry/ },
  );
});

test("probe() of a device wants the token of a camera; of the import, an administrator as the second account", async (t) => {
  const good = await openDevice(t, recorded("status"), recorded("validate"));
  await good.device.probe(signal);
  await assertRecorded(good.server.seen[1], recorded("validate"));
  const validate = recorded("validate");
  const as = (scope: string): RecordedCase => ({
    ...validate,
    response: { ...validate.response, body: { sub: 1, scopes: [scope], organization_id: 1 } },
  });
  const wrong = await openDevice(t, recorded("status"), as("agent"));
  await assert.rejects(wrong.device.probe(signal), {
    kind: "permanent",
    message: /expected the token of a camera, got one of agent/,
  });
  const both = await openApi(t, recorded("status"), as("agent"), as("admin"));
  await both.api.probe(signal);
  const one = await openApi(t, recorded("status"), as("agent"), as("agent"));
  await assert.rejects(one.api.probe(signal), { kind: "permanent", message: /expected an administrator/ });
});

test("a camera's token that is refused is asked for once and told", async (t) => {
  for (const name of ["no token", "bad token"]) {
    const { device, server } = await openDevice(t, recorded(name));
    await assert.rejects(device.heartbeat(signal), (error: Error) => {
      assert.ok(error instanceof LoginRefused);
      assert.match(error.message, /the token is not taken/);
      assert.doesNotMatch(error.message, /camera-token/);
      return true;
    });
    assert.equal(server.seen.length, 1);
  }
});

test("the recorded login is what is sent; a refused one is told without its password", async (t) => {
  const ok = await openApi(t, recorded("login ok"), recorded("cameras"));
  await ok.api.cameras(signal);
  await assertRecorded(ok.server.seen[0], recorded("login ok"));
  const bad = await openApi(t, recorded("login bad"));
  await assert.rejects(bad.api.cameras(signal), (error: Error) => {
    assert.ok(error instanceof LoginRefused);
    assert.match(error.message, /Invalid credentials.*check user name and password/);
    assert.doesNotMatch(error.message, /superadmin_pwd/);
    return true;
  });
});

test("a token the platform cannot read (406) is renewed like one that has expired", async (t) => {
  for (const name of ["bad token", "no token"]) {
    const { api, server } = await openApi(t, recorded(name), recorded("cameras"));
    assert.equal((await api.cameras(signal)).length, 1);
    assert.equal(server.seen.length, 2);
  }
});

test("rights, missing rows and wrong values are told apart", async (t) => {
  const rights = await openApi(t, recorded("orgs as agent"));
  await assert.rejects(rights.api.organizations(signal), {
    kind: "permanent",
    status: 403,
    message: /Incompatible token scope/,
  });
  assert.equal(rights.server.seen.length, 1);
  const missing = await openApi(t, recorded("seq missing"));
  assert.equal(await missing.api.sequence(9999, signal), null);
  const date = await openApi(t, recorded("sequences bad date"));
  await assert.rejects(date.api.sequencesOf("20-11-2026", null, signal), {
    kind: "permanent",
    status: 422,
    message: /from_date: Input should be a valid date/,
  });
  assert.doesNotMatch(date.server.seen[0]!.path, /risk_score/);
});

test("an object where a list belongs, and rows without what is needed, are refused and not taken for data", async (t) => {
  const cameras = recorded("cameras");
  const answered = (body: unknown): RecordedCase => ({ ...cameras, response: { ...cameras.response, body } });
  for (const [body, words] of [
    [{ detail: "Internal error" }, /GET http.*\/cameras\/: unexpected answer: the whole: /],
    [[{ id: 1, name: "cam", organization_id: 1, lat: "44", lon: 5 }], /unexpected answer: 0\.lat: /],
    ["<html><title>Welcome</title></html>", /expected JSON, got <html>/],
  ] as const) {
    const { api } = await openApi(t, answered(body));
    await assert.rejects(api.cameras(signal), { kind: "retryable", message: words });
  }
  const { api } = await openApi(
    t,
    answered([{ id: 1, name: "cam", organization_id: 1, lat: 44, lon: 5, brand: "new" }]),
  );
  assert.equal((await api.cameras(signal))[0]?.name, "cam");
});
