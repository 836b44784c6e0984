// The platform's clients against a server that keeps accounts, cameras, sequences and pictures as the real one does.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { superadmin } from "../../../agent/bench/contract-server/platform/server.ts";
import { createPlatformApi } from "../../../sync/clients/platform-client.ts";
import { createPlatformDevice } from "../../../sync/clients/platform-device.ts";
import { makeJpegs } from "../../fakes/pictures.ts";
import { startPlatformApi } from "../../fakes/platform-api.ts";

const { signal } = new AbortController();
const [jpeg] = await makeJpegs(1);

async function open(t: TestContext, season: Parameters<typeof startPlatformApi>[1] = {}) {
  const server = await startPlatformApi(t, season);
  const as =
    ({ login, password }: { login: string; password: string }) =>
    async () => ({ username: login, password });
  const api = createPlatformApi({ url: server.url, login: as(server.filled), adminLogin: as(superadmin) });
  t.after(api.close);
  return { server, api };
}

test("a season is read whole: cameras, organizations, days, detections, pictures", async (t) => {
  const { api, server } = await open(t);
  await api.probe(signal);
  assert.equal((await api.cameras(signal)).length, server.filled.cameraIds.length);
  assert.ok((await api.organizations(signal)).length >= 2);
  const days = ["2026-07-01", "2026-07-02", "2026-07-03"];
  const sequences = (await Promise.all(days.map((day) => api.sequencesOf(day, "extreme", signal)))).flat();
  assert.deepEqual(
    sequences.map(({ id }) => id).sort((one, other) => one - other),
    [...server.filled.sequenceIds].sort((one, other) => one - other),
  );
  const [first] = sequences;
  assert.deepEqual(await api.sequence(first!.id, signal), first);
  assert.equal(await api.sequence(999_999, signal), null);
  const detections = await api.detectionsOf(first!.id, { limit: 30, order: "asc" }, signal);
  assert.equal(detections.length, first!.detections_count);
  const times = detections.map(({ created_at }) => created_at);
  assert.deepEqual(times, times.toSorted());
  assert.equal(
    (await api.detectionsOf(first!.id, { limit: 2, order: "desc" }, signal))[0]?.id,
    detections.at(-1)?.id,
  );
  const bytes = await api.picture(detections[0]!.url, signal);
  assert.deepEqual([bytes[0], bytes[1]], [0xff, 0xd8]);
  assert.equal(server.requests()["POST /login/creds"]?.count, 2);
  server.killPictures(true);
  await assert.rejects(api.picture(detections[0]!.url, signal), {
    kind: "permanent",
    message: /a dead link/,
  });
});

test("more detections than the platform gives at once come whole and in order", async (t) => {
  const { api } = await open(t, { season: { days: 1, sequences: 1, detections: 250 } });
  const [sequence] = await api.sequencesOf("2026-07-01", null, signal);
  for (const [limit, count] of [
    [1000, sequence!.detections_count],
    [150, 150],
    [100, 100],
  ] as const) {
    const rows = await api.detectionsOf(sequence!.id, { limit, order: "asc" }, signal);
    assert.equal(new Set(rows.map(({ id }) => id)).size, count);
    const times = rows.map(({ created_at }) => created_at);
    assert.deepEqual(times, times.toSorted());
  }
});

test("tokens that expire are renewed, each account's once", async (t) => {
  const { api, server } = await open(t);
  await api.probe(signal);
  server.expireTokens();
  await Promise.all([api.cameras(signal), api.cameras(signal), api.organizations(signal)]);
  assert.equal(server.requests()["POST /login/creds"]?.count, 4);
});

test("a camera reports: sign of life, pictures, and detections that become a sequence", async (t) => {
  const { server, api } = await open(t, { season: { sequences: 0 } });
  const [cameraId] = server.filled.cameraIds;
  const device = createPlatformDevice({ url: server.url, token: async () => server.cameraToken(cameraId!) });
  t.after(device.close);
  await device.probe(signal);
  await device.heartbeat(signal);
  await device.updateImage(jpeg!, signal);
  const [pose] = await device.poses(signal);
  assert.equal(pose?.camera_id, cameraId);
  await device.updatePoseImage(pose!.id, jpeg!, signal);
  await device.occlusionMasks(pose!.id, signal);
  const recordedAt = new Date().toISOString();
  const box = { xyxyn: [0.1, 0.1, 0.3, 0.30001], confidence: 0.61249 } as const;
  const frame = { poseId: pose!.id, recordedAt, picture: jpeg!, fileName: "frame.jpg" };
  assert.equal(await device.createDetection({ ...frame, boxes: [] }, signal), null);
  for (let turn = 0; turn < 3; turn += 1) await device.createDetection({ ...frame, boxes: [box] }, signal);
  const last = await device.createDetection({ ...frame, boxes: [box] }, signal);
  assert.ok(typeof last?.sequence_id === "number");
  const [row] = await api.detectionsOf(last.sequence_id, { limit: 1, order: "desc" }, signal);
  assert.equal(row?.bbox, "[(0.1,0.1,0.3,0.3,0.612)]");
  await assert.rejects(device.createDetection({ ...frame, poseId: 9999, boxes: [box] }, signal), {
    kind: "permanent",
    status: 404,
  });
});
