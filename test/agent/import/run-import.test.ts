// The import as a whole, between two contract servers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { describeImport, judgeImport } from "../../../agent/import/report.ts";
import { importSeason, startImport } from "../../fakes/import.ts";
import { createFakePerson } from "../../fakes/person.ts";

const { sequences, detections: pictures } = importSeason;

test("runImport() brings the days of a platform over, ready to review, and prints the guide's statistics", async (t) => {
  const { annotation, run } = await startImport(t);
  const result = await run();
  assert.deepEqual(result.problems, []);
  const state = annotation.state();
  assert.equal(state.length, sequences);
  for (const { key, sequence, detections, annotation: made } of state) {
    assert.equal(detections.length, pictures, key);
    assert.equal(made?.processing_stage, "ready_to_annotate");
    assert.ok(detections.every(({ picture }) => picture !== null));
    assert.equal(sequence.source_api, "pyronear_french");
  }
  assert.equal(annotation.writes(), sequences * (1 + pictures + 1));
  assert.equal(judgeImport(result), 0);
  assert.match(
    describeImport(result),
    /^Processing completed!\nFinal Statistics:\n {2}Total sequences: 7\n {2}Successful sequences: 7\n {2}Failed sequences: 0\n {2}Annotations created: 7\n/,
  );
});

test("runImport() done again skips everything without reading it, and writes nothing", async (t) => {
  const { annotation, platform, run } = await startImport(t);
  await run();
  const [state, writes] = [annotation.state(), annotation.writes()];
  const read = platform.requests();
  const again = await run();
  assert.deepEqual(
    [again.skippedSequences, again.successfulSequences, again.failedSequences, judgeImport(again)],
    [sequences, 0, 0, 0],
  );
  assert.equal(annotation.writes(), writes);
  assert.deepEqual(annotation.state(), state);
  const listed = (requests: typeof read): number =>
    Object.entries(requests)
      .filter(([name]) => name.includes("/detections"))
      .reduce((sum, [, { count }]) => sum + count, 0);
  assert.equal(listed(platform.requests()), listed(read));
});

test("runImport() from another machine finds all of it there and writes nothing", async (t) => {
  const { annotation, folder, run } = await startImport(t);
  await run();
  const writes = annotation.writes();
  const other = await run({}, { data: folder() });
  assert.deepEqual([other.skippedSequences, judgeImport(other)], [sequences, 0]);
  assert.equal(annotation.writes(), writes);
});

test("runImport() comes to the same through a third of requests gone wrong, and makes nothing twice", async (t) => {
  const calm = await startImport(t);
  await calm.run();
  const faults = {
    "502": 0.06,
    "503": 0.06,
    "504": 0.06,
    reset: 0.04,
    "late-504": 0.04,
    "reset-after-commit": 0.04,
  };
  const rough = await startImport(t, {
    platform: { faults: { "503": 0.1, reset: 0.1 }, seed: 7 },
    annotation: { faults, seed: 3, tokenUses: 40 },
  });
  const result = await rough.run();
  assert.deepEqual(result.problems, []);
  assert.deepEqual(rough.annotation.state(), calm.annotation.state());
  assert.ok(result.retriedCalls > 5, `${result.retriedCalls} calls tried again`);
  assert.deepEqual(result.rolledBack, []);
});

test("runImport() gets past its first look where every other answer is bad", async (t) => {
  const outages = Array.from({ length: 20 }, (_, at) => ({ from: 2 * at + 1, until: 2 * at + 2 }));
  const { run } = await startImport(t, { platform: { outages }, annotation: { outages } });
  assert.equal((await run({ dryRun: true })).preview.length, sequences);
});

test("runImport() leaves a person's work alone, adds nothing to it, and says so", async (t) => {
  const { annotation, folder, run } = await startImport(t);
  await run();
  annotation.work("pyronear_french 3", "seq_annotation_done");
  annotation.work("pyronear_french 5", "annotated");
  // Other thresholds, and no memory of what was sent: everything is looked at again.
  const result = await run({ confidenceThreshold: "0.99" }, { data: folder() });
  assert.deepEqual([...result.leftAlone].sort(), ["sequence 3", "sequence 5"]);
  assert.deepEqual(annotation.humanChanges(), []);
  assert.match(describeImport(result), /Left alone \(a person's work\): 2/);
});

test("runImport() --overwrite counts whose work goes, asks, and takes no for an answer", async (t) => {
  const { annotation, run } = await startImport(t);
  await run();
  const stageOf = (key: string): unknown =>
    annotation.state().find((each) => each.key === key)?.annotation?.processing_stage;
  annotation.work("pyronear_french 3", "seq_annotation_done");
  const no = createFakePerson(false);
  const kept = await run({ overwrite: true }, { person: no });
  assert.match(no.questions[0] ?? "", /1 sequence\(s\)/);
  assert.equal(stageOf("pyronear_french 3"), "seq_annotation_done");
  assert.equal(judgeImport(kept), 0);
  const replaced = await run({ overwrite: true });
  assert.equal(replaced.annotationsUpdated, 1);
  assert.equal(stageOf("pyronear_french 3"), "ready_to_annotate");
});

test("runImport() leaves alone a box that a person moved without touching the stage", async (t) => {
  const { annotation, run } = await startImport(t);
  await run();
  const { access_token } = await post(`${annotation.url}/api/v1/auth/login`, {
    username: annotation.username,
    password: annotation.password,
  });
  const headers = { authorization: `Bearer ${access_token}`, "content-type": "application/json" };
  const list = await fetch(`${annotation.url}/api/v1/annotations/sequences/?sequence_id=1`, { headers });
  type Row = { id: number; annotation: { sequences_bbox: { bboxes: { xyxyn: number[] }[] }[] } };
  const row = ((await list.json()) as { items: Row[] }).items[0]!;
  const moved = structuredClone(row.annotation);
  moved.sequences_bbox[0]!.bboxes[0]!.xyxyn = [0.01, 0.01, 0.02, 0.02];
  await fetch(`${annotation.url}/api/v1/annotations/sequences/${row.id}`, {
    method: "PATCH",
    headers,
    body: JSON.stringify({ annotation: moved }),
  });
  const state = annotation.state();
  // Another option, so that everything is looked at again, though it comes to the same.
  const result = await run({ detectionsLimit: "29" });
  assert.deepEqual([result.leftAlone.length, result.skippedSequences], [1, sequences - 1]);
  assert.deepEqual(annotation.state(), state);
});

test("runImport() brings back what is no longer there, and annotates what lost its annotation", async (t) => {
  const { annotation, run } = await startImport(t);
  await run();
  const state = annotation.state();
  const { access_token } = await post(`${annotation.url}/api/v1/auth/login`, {
    username: annotation.username,
    password: annotation.password,
  });
  const headers = { authorization: `Bearer ${access_token}` };
  const remove = (path: string) => fetch(`${annotation.url}/api/v1${path}`, { method: "DELETE", headers });
  assert.equal((await remove("/sequences/2?force=true")).status, 204);
  const list = await fetch(`${annotation.url}/api/v1/annotations/sequences/`, { headers });
  const { items } = (await list.json()) as { items: { id: number }[] };
  assert.equal((await remove(`/annotations/sequences/${items[0]!.id}`)).status, 204);
  const result = await run();
  assert.deepEqual([result.successfulSequences, result.skippedSequences], [2, sequences - 2]);
  assert.deepEqual(annotation.state(), state);
});

test("runImport() --dry-run shows sequences and objects, and writes nothing anywhere", async (t) => {
  const { annotation, run } = await startImport(t);
  const result = await run({ dryRun: true });
  assert.equal(annotation.writes(), 0);
  assert.deepEqual(annotation.state(), []);
  assert.equal(result.preview.length, sequences);
  assert.ok(result.preview.every(({ there, clusters }) => there === null && clusters.length > 0));
  assert.equal(judgeImport(result), 0);
  assert.match(describeImport(result), /DRY RUN/);
  const starts = result.preview.map(({ recordedAt }) => recordedAt);
  assert.deepEqual(starts, starts.toSorted());
});

test("runImport() --dry-run counts as skipped what a run would skip", async (t) => {
  const { run } = await startImport(t);
  await run({ maxSequences: "3" });
  const { skippedSequences, successfulSequences, preview } = await run({ dryRun: true });
  assert.deepEqual([skippedSequences, successfulSequences, preview.length], [3, sequences - 3, sequences]);
});

test("runImport() takes back a sequence none of whose pictures can be had", async (t) => {
  const { annotation, platform, run } = await startImport(t);
  platform.killPictures(true);
  const result = await run();
  assert.equal(result.rolledBack.length, sequences);
  assert.deepEqual(annotation.state(), []);
  assert.equal(judgeImport(result), 1);
  platform.killPictures(false);
  assert.equal((await run()).successfulSequences, sequences);
});

test("runImport() ends when the annotation API goes away, and the next run goes on", async (t) => {
  const calm = await startImport(t);
  await calm.run();
  let left = 30;
  const { annotation, run } = await startImport(t, {
    annotation: {
      onRequest: () => {
        left -= 1;
        if (left === 0) annotation.behave({ down: true });
      },
    },
  });
  const broken = await run();
  // Whether a sequence was through by then depends on how the requests fell.
  assert.equal(judgeImport(broken), broken.successfulSequences === 0 ? 1 : 3);
  assert.match(broken.problems.at(-1)?.problem ?? "", /not tried|the next run goes on/);
  annotation.behave({ down: false });
  const mended = await run();
  assert.deepEqual(mended.problems, []);
  assert.deepEqual(annotation.state(), calm.annotation.state());
});

test("runImport() stopped at any request is gone on with by the next run", async (t) => {
  const calm = await startImport(t);
  await calm.run();
  const stop = { at: 0, controller: new AbortController() };
  const { annotation, run } = await startImport(t, {
    annotation: {
      onRequest: () => {
        stop.at -= 1;
        if (stop.at === 0) stop.controller.abort();
      },
    },
  });
  let stops = 0;
  for (const at of [4, 8, 13, 19, 26]) {
    Object.assign(stop, { at, controller: new AbortController() });
    const result = await run({}, { signal: stop.controller.signal });
    stops += result.stopped ? 1 : 0;
    if (result.stopped) assert.equal(judgeImport(result), 130);
  }
  assert.ok(stops >= 3);
  stop.at = 0;
  await run();
  assert.deepEqual(annotation.state(), calm.annotation.state());
});

test("runImport() says what to do about an API that is not there, or does not let us in", async (t) => {
  const { annotation, platform, run } = await startImport(t);
  await assert.rejects(
    run({ urlApiAnnotation: "http://127.0.0.1:9" }),
    /Connection error to the annotation API[\s\S]*curl http:\/\/127\.0\.0\.1:9\/docs[\s\S]*--url-api-annotation/,
  );
  platform.tables.accounts.insert({
    login: "other",
    password: "other_pwd",
    organization_id: 1,
    role: "agent",
    created_at: 0,
  });
  await platform.close();
  await assert.rejects(run(), /Connection error to the alert platform[\s\S]*--url-api-platform/);
  assert.equal(annotation.writes(), 0);
});

test("runImport() refreshes a score that changed, of a sequence that it skips", async (t) => {
  const { annotation, platform, run } = await startImport(t);
  await run();
  const row = platform.tables.sequences.get(2)!;
  platform.tables.sequences.update({
    ...row,
    temporal_model_score: 0.875,
    temporal_model_version: "0.3.0",
    temporal_api_version: "0.3.0",
  });
  const result = await run();
  assert.deepEqual([result.refreshedScores, result.skippedSequences], [1, sequences]);
  const there = annotation.state().find(({ key }) => key === "pyronear_french 2");
  assert.equal(there?.sequence.temporal_model_score, 0.875);
});

test("runImport() --skip-platform-fetch annotates what is there, and does not ask the platform", async (t) => {
  const { annotation, platform, run } = await startImport(t);
  await run();
  const before = platform.requests();
  const { access_token } = await post(`${annotation.url}/api/v1/auth/login`, {
    username: annotation.username,
    password: annotation.password,
  });
  const headers = { authorization: `Bearer ${access_token}` };
  const address = `${annotation.url}/api/v1/annotations/sequences/`;
  const list = await fetch(address, { headers });
  const { items } = (await list.json()) as { items: { id: number }[] };
  for (const { id } of items.slice(0, 3))
    assert.equal((await fetch(`${address}${id}`, { method: "DELETE", headers })).status, 204);
  const rest = annotation.state().find(({ annotation: made }) => made !== null);
  annotation.work(rest!.key, "annotated");
  const result = await run({ skipPlatformFetch: true });
  assert.equal(result.annotationsCreated, 3);
  assert.equal(result.leftAlone.length, 1);
  assert.equal(result.skippedSequences, sequences - 4);
  assert.deepEqual(platform.requests(), before);
  assert.deepEqual(annotation.humanChanges(), []);
});

test("runImport() clones another annotation API, and parks there only what is safe here", async (t) => {
  const source = await startImport(t);
  await source.run();
  const { annotation, run } = await startImport(t);
  const clone = { sourceAnnotationUrl: source.annotation.url, cloneProcessingStage: "ready_to_annotate" };
  const counted = await run({ ...clone, cloneCountOnly: true });
  assert.equal(counted.totalSequences, sequences);
  source.annotation.killPictures(true);
  const failed = await run({ ...clone, maxSequences: "2" });
  assert.equal(failed.rolledBack.length, 2);
  assert.ok(source.annotation.state().every(({ skipped }) => skipped === null));
  source.annotation.killPictures(false);
  const result = await run({ ...clone, maxSequences: "5" });
  assert.deepEqual([result.successfulSequences, result.problems.length], [5, 0]);
  assert.equal(annotation.state().length, 5);
  assert.equal(source.annotation.state().filter(({ skipped }) => skipped !== null).length, 5);
});

test("runImport() --split-objects makes one sequence an object, and again finds them all there", async (t) => {
  const { annotation, run } = await startImport(t);
  const result = await run({ splitObjects: true });
  assert.deepEqual(result.problems, []);
  const keys = annotation.state().map(({ key }) => key);
  assert.ok(
    keys.some((key) => / 10000\d+$/.test(key)),
    keys.join(", "),
  );
  assert.ok(
    annotation.state().every(({ annotation: made }) => (made?.tracks as unknown[] | undefined)?.length === 1),
  );
  const again = await run({ splitObjects: true });
  assert.deepEqual([again.skippedSequences, again.totalSequences], [keys.length, keys.length]);
});

for (const pictureTransfer of ["url", "bucket-copy"])
  test(`runImport() --picture-transfer ${pictureTransfer} comes to the same`, async (t) => {
    const { annotation, run } = await startImport(t);
    const result = await run({ pictureTransfer, maxSequences: "3" });
    assert.deepEqual([result.successfulSequences, result.problems], [3, []]);
    assert.ok(
      annotation.state().every(({ detections }) => detections.every(({ picture }) => picture !== null)),
    );
  });

test("runImport() takes a list of sequences, and tells which is not there", async (t) => {
  const { annotation, run } = await startImport(t);
  const result = await run({ sequenceList: "2,999,4", dateFrom: undefined, dateEnd: undefined });
  assert.deepEqual([result.successfulSequences, judgeImport(result)], [2, 3]);
  assert.match(result.problems[0]?.problem ?? "", /not there/);
  assert.equal(annotation.state().length, 2);
});

test("runImport() brings what a sequence has got since, and mends the annotation it made", async (t) => {
  const { annotation, platform, run } = await startImport(t);
  const { tables } = platform;
  await run();
  const last = tables.detectionsOf(1).at(-1)!;
  const at = { created_at: last.created_at + 30e6, recorded_at: last.recorded_at + 30e6 };
  // A picture that lies in the same bucket.
  const { bucket_key } = tables.detectionsOf(3)[0]!;
  tables.addDetection({ ...last, ...at, bucket_key });
  tables.sequences.update({ ...tables.sequences.get(1)!, last_seen_at: at.created_at });
  const result = await run();
  assert.deepEqual([result.successfulSequences, result.skippedSequences], [1, sequences - 1]);
  assert.deepEqual([result.detectionsCreated, result.annotationsUpdated, result.problems], [1, 1, []]);
  const there = annotation.state().find(({ key }) => key === "pyronear_french 1");
  const [track] = (there?.annotation?.tracks ?? []) as { bboxes: unknown[] }[];
  assert.equal(track?.bboxes.length, pictures + 1);
  assert.deepEqual(annotation.humanChanges(), []);
});

test("runImport() parks alerts without a box when asked, and else says that they have no annotation", async (t) => {
  const { annotation, platform, run } = await startImport(t);
  const { tables } = platform;
  for (const row of tables.detectionsOf(2))
    tables.detections.update({ ...row, bbox: "[]", others_bboxes: null });
  const first = await run({ maxSequences: "7" });
  assert.deepEqual([first.failedSequences, judgeImport(first)], [1, 3]);
  assert.match(first.problems[0]?.problem ?? "", /no box is left to make an annotation of/);
  assert.equal(annotation.state().length, sequences);
  const again = await run();
  assert.deepEqual([again.skippedSequences, judgeImport(again)], [sequences, 0]);
  const parked = await run({ skipBoxless: true });
  assert.deepEqual([parked.skippedAlerts, judgeImport(parked)], [1, 0]);
  assert.equal(annotation.state().filter(({ skipped }) => skipped !== null).length, 1);
});

test("runImport() cut off before an alert without a box was parked parks it in the next run", async (t) => {
  const calm = await startImport(t);
  const { tables } = calm.platform;
  for (const row of tables.detectionsOf(2))
    tables.detections.update({ ...row, bbox: "[]", others_bboxes: null });
  const asked = { sequenceList: "2", skipBoxless: true };
  assert.equal((await calm.run(asked)).skippedAlerts, 1);
  // The last request is the one that parks it.
  let left = Object.values(calm.annotation.requests()).reduce((sum, { count }) => sum + count, 0);
  const { annotation, run } = await startImport(t, {
    from: calm,
    annotation: {
      onRequest: () => {
        left -= 1;
        if (left === 0) annotation.behave({ down: true });
      },
    },
  });
  assert.equal((await run(asked)).skippedAlerts, 0);
  annotation.behave({ down: false });
  const next = await run(asked);
  assert.deepEqual([next.skippedAlerts, judgeImport(next)], [1, 0]);
  assert.deepEqual(annotation.state(), calm.annotation.state());
  assert.equal((await run(asked)).skippedSequences, 1);
});

test("runImport() does not park an alert without a box that a person works on", async (t) => {
  const { annotation, platform, run } = await startImport(t);
  for (const row of platform.tables.detectionsOf(2))
    platform.tables.detections.update({ ...row, bbox: "[]", others_bboxes: null });
  await run({ sequenceList: "2" });
  annotation.work("pyronear_french 2", "seq_annotation_done");
  const result = await run({ sequenceList: "2", skipBoxless: true });
  assert.deepEqual([result.skippedAlerts, result.leftAlone], [0, ["sequence 2"]]);
  assert.equal(annotation.state()[0]?.skipped, null);
});

test("runImport() leaves out a picture that is none, and sends the rest of its sequence", async (t) => {
  const { annotation, platform, run } = await startImport(t);
  const { tables } = platform;
  const [row] = tables.detectionsOf(2);
  tables.detections.update({ ...row!, bucket_key: "gone.jpg" });
  const result = await run();
  assert.deepEqual(
    [result.successfulSequences, result.leftOut.length, judgeImport(result)],
    [sequences, 1, 3],
  );
  assert.match(result.leftOut[0]!.of, /sequence 2, detection \d+/);
  const there = annotation.state().find(({ key }) => key === "pyronear_french 2");
  assert.equal(there?.detections.length, pictures - 1);
  const again = await run();
  assert.deepEqual(
    [again.skippedSequences, again.leftOutBefore.length, judgeImport(again)],
    [sequences, 1, 0],
  );
});

test("runImport() tells of what an earlier run left half and this one was not asked for", async (t) => {
  const controller = new AbortController();
  let left = 12;
  const { annotation, run } = await startImport(t, {
    annotation: {
      onRequest: () => {
        left -= 1;
        if (left === 0) controller.abort();
      },
    },
  });
  await run({ sequenceList: "2", dateFrom: undefined, dateEnd: undefined }, { signal: controller.signal });
  assert.ok(annotation.state().length <= 1);
  const other = await run({ sequenceList: "3", dateFrom: undefined, dateEnd: undefined });
  assert.match(other.notes[0]?.problem ?? "", /--sequence-list 2/);
});

test("runImport() --to store keeps the sequences in this device's store, and skips them the next time", async (t) => {
  const { annotation, run } = await startImport(t);
  const result = await run({ to: "store" });
  assert.deepEqual([result.successfulSequences, result.problems], [sequences, []]);
  assert.equal(result.detectionsCreated, sequences * pictures);
  const again = await run({ to: "store" });
  assert.deepEqual([again.skippedSequences, again.detectionsCreated], [sequences, 0]);
  assert.deepEqual(annotation.requests(), {});
});

async function post(url: string, body: unknown): Promise<{ access_token: string }> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  return (await answer.json()) as { access_token: string };
}

test("runImport() keeps what a person begins at any moment of it", async (t) => {
  const from = await startImport(t);
  const key = "pyronear_french 1";
  let kept = 0;
  // The row is there from about the sixth request on; the annotation is the last.
  for (let at = 6; at <= 14; at += 1) {
    let left = at;
    const stage = await startImport(t, {
      from,
      annotation: {
        onRequest: () => {
          left -= 1;
          if (left === 0 && stage.annotation.state().some((each) => each.key === key))
            stage.annotation.work(key, "seq_annotation_done");
        },
      },
    });
    await stage.run({ maxSequences: "1", detectionsLimit: "2", maxWorkers: "1" });
    const [row] = stage.annotation.state();
    const isTaken = row?.annotation?.processing_stage === "seq_annotation_done";
    if (isTaken) assert.deepEqual(row.annotation?.tracks, [], `at request ${at}`);
    kept += isTaken ? 1 : 0;
  }
  assert.ok(kept >= 2, `taken ${kept} times`);
});
