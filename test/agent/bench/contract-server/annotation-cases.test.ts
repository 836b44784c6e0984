// The annotation server is held to every case that was recorded on the real one, in their order.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PredictionRow } from "../../../../agent/bench/contract-server/annotation/boxes.ts";
import { startAnnotationApi } from "../../../fakes/annotation-api.ts";
import { createPlayer, readCases, recordedClock } from "./recorded-cases.ts";

const cases = readCases("annotation-cases.jsonl");

test("startAnnotationApi() answers as the real service did in every recorded case", async (t) => {
  assert.equal(cases.length, 124);
  const server = await startAnnotationApi(t, { nowMs: recordedClock() });
  const admin = await loginOf(server.url, "admin", "admin12345");
  const play = createPlayer(server.url);
  let token = admin;
  for (const recorded of cases) {
    const name = recorded.case;
    if (name === "autogen chain A,B,C iou0") await prepareSequences(server.url, admin);
    if (name === "non-localizer creates detection annotation")
      token = await loginOf(server.url, "edge", "edgepass1");
    const shown = unusual.get(name);
    await t.test(name, () => play(recorded, shown === undefined ? token : shown));
  }
});

/** What these cases showed instead of a token that is good. */
const unusual = new Map<string, string | null>([
  ["status", null],
  ["no token", null],
  ["bad token", "a.b.c"],
  ["source-apis unauth", null],
]);

test("an id beyond what a JavaScript number holds comes back as it was sent", async (t) => {
  const { url } = await startAnnotationApi(t);
  const answer = await post(url, await loginOf(url, "admin", "admin12345"), "9007199254740993");
  assert.match(await answer.text(), /"alert_api_id":9007199254740993,/);
});

async function loginOf(url: string, username: string, password: string): Promise<string> {
  const answer = await fetch(`${url}/api/v1/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

async function post(url: string, token: string, alert_api_id: string): Promise<Response> {
  const fields = { source_api: "pyronear_french", alert_api_id, camera_name: "cam-01", camera_id: "7" };
  const place = { organisation_name: "org", organisation_id: "1", lat: "44.0", lon: "5.0" };
  return fetch(`${url}/api/v1/sequences/`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: new URLSearchParams({ ...fields, ...place, recorded_at: "2026-07-01T10:00:00" }),
  });
}

type Box = readonly [number, number, number, number];
const a: Box = [0.1, 0.1, 0.3, 0.3];
const b: Box = [0.25, 0.25, 0.45, 0.45];
const c: Box = [0.4, 0.4, 0.6, 0.6];
const far: Box = [0.8, 0.8, 0.9, 0.9];

/** The recording made these sequences (14 to 22) aside; what must have been in them follows from the answers. */
const prepared: readonly (readonly (readonly Box[])[])[] = [
  [[a], [b], [c]],
  [[a], [c], [b]],
  [[a, [0.2, 0.2, 0.4, 0.4]], [a]],
  [[], []],
  [[a], [a], [far]],
  [[a]],
  [[a], [a]],
  [[a]],
  [[a]],
];

async function prepareSequences(url: string, token: string): Promise<void> {
  for (const [index, detections] of prepared.entries()) {
    const { id } = (await (await post(url, token, String(5000 + index))).json()) as { id: number };
    assert.equal(id, 14 + index);
    for (const [step, boxes] of detections.entries())
      assert.equal((await addDetection(url, token, { id, step, boxes })).status, 201);
  }
}

async function addDetection(
  url: string,
  token: string,
  { id, step, boxes }: { readonly id: number; readonly step: number; readonly boxes: readonly Box[] },
): Promise<Response> {
  // A recorded threshold of 0.6 leaves B out, one of 0.95 everything.
  const predictions: readonly PredictionRow[] = boxes.map((xyxyn) => ({
    xyxyn,
    confidence: xyxyn === b ? 0.5 : 0.9,
    class_name: "smoke",
  }));
  const form = new FormData();
  form.append("algo_predictions", JSON.stringify({ predictions }));
  form.append("alert_api_id", String(step));
  form.append("sequence_id", String(id));
  form.append("recorded_at", `2026-07-01T10:0${step}:00`);
  form.append("file", new Blob(["picture"]), "image.jpg");
  return fetch(`${url}/api/v1/detections/`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: form,
  });
}
