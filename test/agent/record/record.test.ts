import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Agent, openAgent } from "../../../agent/agent.ts";
import { storeFolder } from "../../../agent/folders.ts";
import { record } from "../../../agent/record/record.ts";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import { agentOptions } from "../../fakes/agent.ts";
import { eventually } from "../../fakes/eventually.ts";
import { frameEntry, frameId, openTestStore, temporaryFolder } from "../../fakes/store.ts";

const session = { event: "training", track: "", track_picture: "", track_type: "", comment: "" };

type Step = string | ((said: readonly string[]) => Promise<void>);

/** Records with a person who types `steps` (null after the last), or with nobody. */
function recording(
  t: TestContext,
  steps: readonly Step[] | null,
  changes: { forMs?: number; root?: string } = {},
) {
  const root = changes.root ?? temporaryFolder(t);
  const directory = join(root, "pictures");
  const said: string[] = [];
  const left = [...(steps ?? [])];
  const stop = new AbortController();
  let agent: Agent | null = null;
  const ask = async (): Promise<string | null> => {
    for (;;) {
      stop.signal.throwIfAborted();
      const step = left.shift();
      if (step === undefined) return null;
      if (typeof step === "string") return step;
      await step(said);
    }
  };
  const options = agentOptions(join(root, "data"), {
    record: { autostart: false, standingEveryMs: null },
    mqtt: { url: null },
  });
  const result = record({
    open: async (onRunEnded) => {
      agent = await openAgent({ ...options, mqtt: false, onRunEnded });
      return agent;
    },
    clock: createSystemClock(),
    log: silentLog,
    session,
    directory,
    forMs: changes.forMs ?? null,
    dialogue: steps === null ? null : { ask, say: (text) => void said.push(text) },
    say: (text) => void said.push(text),
    signal: stop.signal,
  });
  return { root, directory, said, stop, result, opened: () => agent };
}

const captured =
  (count: number): Step =>
  async (said) =>
    void (await eventually(
      `${count} captures`,
      () => said.filter((line) => /bytes {2}direction/.test(line)).length >= count,
    ));

test("record() leaves each run's pictures and labels in the folder: go, pause, erase, undo, mark, stop, again, q", async (t) => {
  const { directory, said, result } = recording(t, [
    "erase 1",
    "pause",
    "show",
    captured(4),
    "pause",
    "erase 60",
    "undo",
    "resume",
    "mark here",
    "erase soon",
    "fly",
    captured(8),
    "stop",
    "",
    "show",
    captured(12),
    "q",
  ]);
  const { runs, frames, labels, failed, notLeft, labelsFiles } = await result;
  assert.deepEqual([runs, failed, notLeft.length], [2, 0, 0]);
  const names = readdirSync(directory);
  const listed = labelsFiles.flatMap((file) => Object.keys(JSON.parse(readFileSync(file, "utf8")) as object));
  assert.equal(names.filter((name) => name.endsWith(".jpg")).length, frames);
  assert.equal(listed.length, labels);
  assert.ok(listed.every((imgId) => names.includes(`${imgId}.jpg`)));
  const erased = Number(
    /^(\d+) frames erased$/m.exec(said.find((line) => /[1-9]\d* frames erased/.test(line))!)![1],
  );
  assert.ok(said.includes(`${erased} frames are back`));
  assert.ok(said.includes("marked"));
  assert.ok(said.includes("no run is open; go begins one"));
  assert.ok(said.some((line) => /Expected erase to be followed by seconds .*got "soon"/.test(line)));
  assert.ok(said.some((line) => /Expected go, show, q, pause.*got "fly"/.test(line)));
});

test("record() without a person begins at once", async (t) => {
  const { opened, stop, result } = recording(t, null);
  await eventually("labels", () => (opened()?.recorder.state().labels ?? 0) >= 3);
  stop.abort(new DOMException("stopped", "AbortError"));
  const { runs, labels, labelSkewMs } = await result;
  assert.equal(runs, 1);
  assert.ok(labels >= 3);
  assert.ok(labelSkewMs.p50! >= 0 && labelSkewMs.p99! >= labelSkewMs.p50!);
});

test("record() ends at once when stopped in the middle of the conversation, with the run in the folder", async (t) => {
  const { directory, stop, result, said } = recording(t, [
    "show",
    captured(2),
    async () => {
      stop.abort(new DOMException("stopped", "AbortError"));
    },
    "never asked",
  ]);
  const { runs, frames } = await result;
  assert.equal(runs, 1);
  assert.equal(readdirSync(directory).filter((name) => name.endsWith(".jpg")).length, frames);
  assert.ok(!said.some((line) => line.includes("never asked")));
});

test("record() goes on when the folder is lost, says where the run is, and the next run is left in the folder again", async (t) => {
  const { directory, said, result } = recording(t, [
    async () => writeFileSync(directory, "a file where the folder should be"),
    "show",
    captured(2),
    "stop",
    async () => {
      rmSync(directory);
      mkdirSync(directory);
    },
    "show",
    captured(5),
    "q",
  ]);
  const { runs, notLeft, labelsFiles } = await result;
  assert.deepEqual([runs, notLeft.length, labelsFiles.length], [2, 1, 1]);
  assert.ok(
    said.some((line) => /safe in the store; .* did not take them: .*labels export -o DIR/.test(line)),
  );
});

test("record() leaves a run that was cut off in its own folder, and says so", async (t) => {
  const root = temporaryFolder(t);
  const store = openTestStore(t, { directory: storeFolder(join(root, "data")) });
  const run = {
    startedAt: frameEntry(0).frame.moment,
    endedAt: null,
    session,
    prefix: "x/20240501",
    frames: 0,
    labels: 0,
    marks: [],
  };
  // Recorded into another folder, into none, and by a program that did not note it.
  const outputs = { own: join(root, "earlier"), none: null, old: undefined };
  for (const [n, [id, output]] of Object.entries(outputs).entries()) {
    await store.keep(frameEntry(n, { run: id }));
    await store.commit(() => store.runs.put(id, { ...run, id, ...(output === undefined ? {} : { output }) }));
  }
  await store.close();
  const { directory, said, result } = recording(t, [], { root });
  const { runs, notLeft } = await result;
  assert.deepEqual([runs, notLeft.length], [2, 0]);
  assert.ok(readdirSync(outputs.own).includes(`${frameId(0)}.jpg`));
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.endsWith(".jpg")),
    [`${frameId(2)}.jpg`],
  );
  assert.equal(said.filter((line) => line.startsWith("a run was cut off")).length, 3);
  assert.ok(said.some((line) => line.includes(`→ ${join(outputs.own, "labels_")}`)));
});

test("record() ends by itself, and notes with each run the folder it is left in, an absolute one", async (t) => {
  const { root, directory, result } = recording(t, null, { forMs: 300 });
  await result;
  const store = openTestStore(t, { directory: storeFolder(join(root, "data")), readOnly: true });
  assert.deepEqual(
    [...store.runs.range()].map(({ value }) => value.output),
    [directory],
  );
});
