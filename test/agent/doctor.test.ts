import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parseConfig } from "../../agent/config.ts";
import type { Machine } from "../../agent/doctor/hardware.ts";
import { type DoctorOptions, describeFindings, examine, type Probe } from "../../agent/doctor.ts";
import { createSecretHider } from "../../agent/hide-secrets.ts";
import { openProbes } from "../../agent/probes.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { createManualClock } from "../fakes/manual-clock.ts";
import { bytesOf, frameEntry, openTestStore, temporaryFolder } from "../fakes/store.ts";

type Given = { config?: Record<string, unknown>; machine?: Partial<Machine>; probes?: readonly Probe[] };

async function diagnose(t: TestContext, given: Given = {}, options: Partial<DoctorOptions> = {}) {
  const bare = temporaryFolder(t);
  const findings = await examine({
    config: parseConfig({ data: join(bare, "data"), ...given.config }, "test"),
    clock: createSystemClock(),
    machine: {
      path: join(bare, "bin"),
      devices: join(bare, "dev"),
      groupFile: join(bare, "group"),
      groupIds: [1000],
      isRoot: false,
      ...given.machine,
    },
    probes: given.probes ?? [],
    hideSecrets: (text) => text,
    signal: new AbortController().signal,
    ...options,
  });
  return {
    findings,
    text: describeFindings(findings),
    of: (part: string) => findings.find((each) => each.part.startsWith(part))!,
  };
}

test("examine() finds nothing broken on a bare machine with the embedded default", async (t) => {
  const { findings, text, of } = await diagnose(t);
  assert.deepEqual(
    findings.filter(({ state }) => state === "broken"),
    [],
  );
  for (const part of ["rpicam-vid", "ffmpeg", "video", "gamepad", "servo", "store"])
    assert.equal(of(part).state, "missing", part);
  assert.equal(of("data folder").state, "ok");
  assert.match(of("disk speed").found, /1 MB on disk after \d+ ms/);
  assert.match(text, /Everything this configuration needs is there\./);
});

test("examine() calls broken what the configuration needs, with the command that mends it", async (t) => {
  const cameras = [{ url: "rpicam:0" }];
  const { of, text } = await diagnose(t, {
    config: { cameras, gamepad: "evdev:/dev/input/event0", drive: "pca9685:1" },
  });
  for (const part of ["rpicam-vid", "video", "gamepad", "servo"])
    assert.equal(of(part).state, "broken", part);
  assert.match(of("rpicam-vid").fix!, /apt-get install -y rpicam-apps/);
  assert.match(text, /4 parts do not work\./);
});

test("examine() says which groups the user lacks, as a warning where they are needed", async (t) => {
  const folder = temporaryFolder(t);
  const groupFile = join(folder, "group");
  writeFileSync(groupFile, "root:x:0:\nvideo:x:44:me\ninput:x:104:\ni2c:x:998:\n");
  mkdirSync(join(folder, "dev", "input"), { recursive: true });
  writeFileSync(join(folder, "dev", "video0"), "");
  const machine = { groupFile, groupIds: [1000, 44], devices: join(folder, "dev") };
  const { of } = await diagnose(t, { machine, config: { drive: "pca9685:1" } });
  assert.equal(of("user groups").state, "warning");
  assert.equal(of("user groups").found, "in video; not in input, i2c");
  assert.match(of("user groups").fix!, /usermod -aG input,i2c/);
  assert.equal(of("video").state, "ok");
  const enough = await diagnose(t, { machine: { ...machine, groupIds: [44, 104, 998] } });
  assert.equal(enough.of("user groups").state, "ok");
});

test("examine() says what is wrong with data folder, store and clock", async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "file"), "");
  const inFile = await diagnose(t, { config: { data: join(folder, "file", "data") } });
  assert.match(inFile.of("data folder").found, /file is no folder/);
  const full = await diagnose(t, { config: { data: folder, store: { keepFreeBytes: "900 TB" } } });
  assert.equal(full.of("data folder").state, "warning");

  const data = temporaryFolder(t);
  const store = openTestStore(t, { directory: join(data, "store") });
  await store.close();
  assert.match(
    (await diagnose(t, { config: { data } })).of("store").found,
    /^0 frames, all \d+ values looked at$/,
  );
  writeFileSync(join(data, "store", "data.mdb"), "nonsense");
  const damaged = (await diagnose(t, { config: { data } })).of("store");
  assert.equal(damaged.state, "broken");
  assert.match(damaged.fix!, /takes over by itself what can be read/);

  const clock = createManualClock();
  const unset = { ...clock, now: () => ({ ...clock.now(), clockSynchronised: false }) };
  assert.equal((await diagnose(t, {}, { clock: unset })).of("clock").state, "warning");
});

test("examine() finds the damage of a store that no agent opened since, before lmdb could die of it", async (t) => {
  const data = temporaryFolder(t);
  const directory = join(data, "store");
  const path = join(directory, "data.mdb");
  const store = openTestStore(t, { directory });
  for (let n = 0; n < 40; n += 1)
    await store.keep(frameEntry(n, { size: 9000, pictureTargets: ["folder:x"] }));
  await store.close();
  const sound = readFileSync(path);
  const seen = async (change: (file: Buffer) => void) => {
    const file = Buffer.from(sound);
    change(file);
    writeFileSync(path, file);
    return (await diagnose(t, { config: { data } })).of("store");
  };
  // A bit of a picture, which only its seal knows.
  const picture = sound.indexOf(Buffer.from(bytesOf(7, 9000)).subarray(0, 64));
  const flipped = await seen((file) => {
    file[picture + 100]! ^= 1;
  });
  assert.equal(flipped.state, "warning");
  assert.match(flipped.found, /^40 frames, all \d+ values looked at: 1 of them damaged$/);
  // Every page but those that begin the file: what leads to the records is gone.
  const zeroed = await seen((file) => file.fill(0, 2 * 4096));
  assert.equal(zeroed.state, "broken");
  assert.match(zeroed.found, /^its data file is damaged: page \d+ \(list of tables\)/);
  assert.match(zeroed.fix!, /^start the agent/);
  assert.equal((await seen(() => undefined)).state, "ok");
});

test("examine() does not wait for ever for a probe that neither answers nor stops", async (t) => {
  const clock = createManualClock();
  const stuck: Probe = { part: "bucket", address: "s3://b", probe: () => new Promise(() => undefined) };
  const diagnosed = diagnose(t, { probes: [stuck] }, { clock });
  while (clock.sleepers() === 0) await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(10_000);
  assert.match((await diagnosed).of("bucket").found, /s3:\/\/b: no answer within 10 s/);
});

test("examine() with openProbes() names what does not answer and shows no secret", async (t) => {
  // A port that was free a moment ago.
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  const env = { PATATE_S3_KEY_ID: "AKIDSECRET", PATATE_S3_KEY: "very-secret" };
  const config = parseConfig(
    {
      data: temporaryFolder(t),
      sync: {
        bucket: "s3://bucket",
        endpoint: `http://127.0.0.1:${port}`,
        index: `http://anna:hush-hush@127.0.0.1:${port}/labels`,
      },
      mqtt: { url: `mqtt://anna:hush-hush@127.0.0.1:${port}` },
    },
    "test",
  );
  const opened = openProbes({ config, env, clock: createSystemClock(), random: Math.random, log: silentLog });
  t.after(() => opened.close());
  const echo: Probe = {
    part: "echo",
    address: "very-secret",
    probe: () => Promise.reject(new Error("AKIDSECRET")),
  };
  const { of, text } = await diagnose(
    t,
    { probes: [...opened.probes, echo] },
    { hideSecrets: createSecretHider(env) },
  );
  for (const part of ["bucket", "label index", "MQTT broker"]) {
    assert.equal(of(part).state, "broken", part);
    assert.match(of(part).found, /ECONNREFUSED/);
  }
  assert.doesNotMatch(text, /hush|AKIDSECRET|very-secret/);
});

test("openProbes() asks the embedded default, and an address that cannot be opened is a finding", async (t) => {
  const deps = { env: {}, clock: createSystemClock(), random: Math.random, log: silentLog };
  const embedded = openProbes({ ...deps, config: parseConfig({ data: temporaryFolder(t) }, "test") });
  t.after(() => embedded.close());
  const well = await diagnose(t, { probes: embedded.probes });
  for (const part of ["bucket", "label index", "MQTT broker"]) assert.equal(well.of(part).state, "ok", part);
  const wrong = openProbes({
    ...deps,
    config: parseConfig(
      { data: temporaryFolder(t), sync: { bucket: "ftp://x" }, mqtt: { url: null } },
      "test",
    ),
  });
  t.after(() => wrong.close());
  const ill = await diagnose(t, { probes: wrong.probes });
  assert.match(ill.of("bucket").found, /Expected the bucket as folder:DIR/);
  assert.equal(ill.of("MQTT broker"), undefined);
});
