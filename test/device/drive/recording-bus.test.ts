import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openDrive } from "../../../device/drive/open.ts";
import { recordedPulses } from "../../../device/drive/recorded-pulses.ts";
import { followRecording, readRecording } from "../../../device/drive/recording-bus.ts";
import { silentLog } from "../../../device/log.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";

test("recording: writes every pulse to a file with its time, appending, as a car without an ESC", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "outrider-bus-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "bus.jsonl");
  const clock = createManualClock();
  const startNs = clock.monotonicNs();
  const reader = followRecording(file);
  t.after(reader.close);
  const open = async () => {
    const opening = openDrive(`recording:${file}?arm-ms=0&throttle-slew=100000`, { clock, log: silentLog });
    await clock.advance(10);
    return opening;
  };
  const drive = await open();
  assert.equal(drive.name, `no car (register writes go to ${file})`);
  await drive.arm();
  await clock.advance(30);
  await drive.apply({ steering: 0, throttle: 0.5 });
  const writes = readRecording(file);
  const newest = writes.at(-1)!;
  assert.deepEqual(
    [newest.register, newest.pid, newest.address, newest.bytes.slice(2, 4)],
    [0x06, process.pid, 0x40, [359 & 0xff, 359 >> 8]],
  );
  assert.equal(newest.ns, startNs + 40e6);
  await drive.close();
  assert.deepEqual([...reader.take(), ...reader.take()], readRecording(file));
  const count = readRecording(file).length;
  await (await open()).close();
  appendFileSync(file, '{"ns":12');
  assert.ok(readRecording(file).length > count, "a second one goes on in the same file");
  assert.equal(reader.take().length, readRecording(file).length - count);
  assert.deepEqual(
    recordedPulses(readRecording(file), 0).map(({ us }) => Math.round(us / 10) * 10),
    [1500, 1500, 1500, 1750, 1500, 1500, 1500, 1500],
  );
});

test("recording: says what is wrong with its address", async () => {
  const open = (text: string) => openDrive(text, { clock: createManualClock(), log: silentLog });
  await assert.rejects(open("recording:"), /recording: to be followed by a file, got ""/);
  await assert.rejects(open("recording:/tmp/x?left=3"), /got left/);
  await assert.rejects(open("recording:/no-such-folder/bus.jsonl"), /ENOENT/);
  await assert.rejects(open("recording:/tmp/x?throttle-limit=7"), /throttleLimit to be 0–1, got 7/);
});
