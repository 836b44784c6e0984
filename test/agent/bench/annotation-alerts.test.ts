import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type BookedAlert, judgeAlerts, openAlertPost } from "../../../agent/bench/annotation-alerts.ts";
import { sha256Hex } from "../../../device/store/frames.ts";
import { formatIso } from "../../../sync/annotation/drafts.ts";
import { createPlatformDevice } from "../../../sync/clients/platform-device.ts";
import { startPlatformApi } from "../../fakes/platform-api.ts";
import { testPicture } from "../../fakes/sequences.ts";

const takenUs = 1_782_900_000_123_456;

/** An alert of two boxes, sent so many times. */
async function setUp(t: TestContext, times: number) {
  const server = await startPlatformApi(t, { season: null });
  const post = openAlertPost(server, 210);
  const picture = await testPicture();
  const device = createPlatformDevice({ url: server.url, token: async () => post.token });
  t.after(() => device.close());
  const box = { xyxyn: [0.1, 0.2, 0.3, 0.4], confidence: 0.5 } as const;
  for (let n = 0; n < times; n += 1)
    await device.createDetection(
      {
        poseId: post.pose,
        boxes: [box, { xyxyn: [0.5, 0.6, 0.7, 0.8], confidence: 0.4 }],
        recordedAt: formatIso(takenUs),
        picture,
        fileName: "one.jpg",
      },
      new AbortController().signal,
    );
  const booked: BookedAlert = { imgId: "one", sha256: sha256Hex(picture), takenUs, state: "delivered" };
  const last = { lastHeartbeats: 1, lastPictures: 2 };
  return {
    booked,
    judge: (alerts: readonly BookedAlert[], kills = 0) =>
      judgeAlerts(alerts, { server, post, kills, ...last }),
  };
}

test("judgeAlerts() is content with what stands there once, whatever its boxes, and tells what is not there", async (t) => {
  const { booked, judge } = await setUp(t, 1);
  const { arrived, identical, doubled, problems } = judge([booked]);
  assert.deepEqual([arrived, identical, doubled, problems], [1, 1, 0, []]);
  assert.match(judge([{ ...booked, takenUs: takenUs + 1 }]).problems.join(), /1 booked alerts are not there/);
  assert.match(judge([{ ...booked, sha256: "" }]).problems.join(), /1 alerts have another picture/);
  assert.match(judge([{ ...booked, state: "waiting" }]).problems.join(), /alert one: waiting/);
  assert.match(judge([]).problems.join(), /no alert was booked,1 alerts of moments/);
});

test("judgeAlerts() allows one to stand twice only where an answer may have been lost", async (t) => {
  const { booked, judge } = await setUp(t, 2);
  assert.deepEqual([judge([booked], 1).doubled, judge([booked], 1).problems], [1, []]);
  assert.match(judge([booked]).problems.join(), /1 alerts stand twice, where at most 0 answers were lost/);
});
