import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { openDeviceFile } from "../../../device/gamepad/device-file.ts";
import { listGamepads } from "../../../device/gamepad/discovery.ts";
import { restingAxes } from "../../../device/gamepad/gamepad.ts";
import { abs, btn } from "../../../device/gamepad/input-codes.ts";
import { openGamepad } from "../../../device/gamepad/open.ts";
import type { Log } from "../../../device/log.ts";
import { silentLog } from "../../../device/log.ts";
import { testGamepad } from "../../contracts/gamepad.ts";
import {
  axis,
  evdevBytes,
  type FakeInputFolder,
  fakeInputSystem,
  joydevBytes,
  key,
  makeInputFolder,
  synDropped,
  synReport,
  xbox360Block,
} from "../../fakes/input-device.ts";
import { createManualClock, type ManualClock } from "../../fakes/manual-clock.ts";
import { collectStates } from "../../fakes/state-collector.ts";

let folder: FakeInputFolder;
let clock: ManualClock;
let listed = "";
let warnings: string[] = [];
const log: Log = { ...silentLog, warn: (_fields, message) => void warnings.push(message) };

beforeEach(() => {
  folder = makeInputFolder();
  clock = createManualClock();
  listed = "";
  warnings = [];
});
afterEach(() => folder.remove());

const open = (url: string) =>
  openGamepad(url, { clock, log, system: fakeInputSystem(folder.path, () => listed) });

describe("openGamepad() of an evdev device", () => {
  test("openGamepad() says every change of a wired Xbox pad, stamped when it was read", async () => {
    listed = xbox360Block("event5");
    const device = folder.plug("event5");
    const gamepad = await open(`evdev:${device.path}`);
    const collector = collectStates(gamepad);
    await clock.advance(20);
    assert.deepEqual(collector.last()?.axes, restingAxes);
    assert.equal(gamepad.name, `Microsoft X-Box 360 pad (${device.path})`);
    const beforeNs = clock.monotonicNs();
    device.write(evdevBytes([axis(abs.x, -32768), axis(abs.rz, 255), key(btn.north, 1), synReport]));
    await clock.advance(5);
    const state = collector.last();
    assert.deepEqual(
      [state?.axes.leftx, state?.axes.righttrigger, state?.pressed, state?.connected],
      [-1, 1, ["x"], true],
    );
    assert.ok((state?.monotonicNs ?? 0) > beforeNs);
    assert.equal(collector.states.length, 2);
    await collector.stop();
  });

  test("openGamepad() says disconnected within one look when the pad is unplugged, and goes on when it returns", async () => {
    listed = xbox360Block("event5");
    const first = folder.plug("event5");
    const collector = collectStates(await open(`evdev:${first.path}`));
    first.write(evdevBytes([axis(abs.rz, 255), synReport]));
    await clock.advance(20);
    assert.equal(collector.last()?.axes.righttrigger, 1);
    first.unplug();
    await clock.advance(4);
    assert.deepEqual([collector.last()?.connected, collector.last()?.axes], [false, restingAxes]);
    await clock.advance(2000);
    assert.equal(collector.states.filter(({ connected }) => !connected).length, 1);
    const second = folder.plug("event5");
    await clock.advance(600);
    assert.deepEqual([collector.last()?.connected, collector.last()?.axes], [true, restingAxes]);
    second.write(evdevBytes([axis(abs.x, 32767), synReport]));
    await clock.advance(5);
    assert.equal(collector.last()?.axes.leftx, 1);
    await collector.stop();
  });

  test("openGamepad() waits for a pad that is not there yet", async () => {
    const collector = collectStates(await open(`evdev:${join(folder.path, "event9")}`));
    await clock.advance(3000);
    assert.deepEqual(
      collector.states.map(({ connected }) => connected),
      [false],
    );
    folder.plug("event9");
    await clock.advance(600);
    assert.equal(collector.last()?.connected, true);
    await collector.stop();
  });

  test("openGamepad() asks joydev for the present state after lost events, and rests without it", async () => {
    listed = xbox360Block("event5 js0");
    const device = folder.plug("event5");
    const collector = collectStates(await open(`evdev:${device.path}`));
    await clock.advance(10);
    device.write(evdevBytes([axis(abs.rz, 255), synReport]));
    await clock.advance(5);
    device.write(evdevBytes([axis(abs.rz, 200), synDropped, synReport]));
    await clock.advance(5);
    assert.equal(collector.last()?.axes.righttrigger, 0);
    const joystick = folder.plug("js0");
    joystick.write(
      joydevBytes([
        [0x82, 5, 0],
        [0x82, 0, 32767],
        [0x81, 0, 1],
      ]),
    );
    device.write(evdevBytes([synDropped, axis(abs.rz, 3), synReport]));
    await clock.advance(5);
    const state = collector.last();
    assert.deepEqual([state?.axes.righttrigger, state?.axes.leftx, state?.down], [0.5, 1, new Set(["a"])]);
    await collector.stop();
  });

  test("openGamepad() makes one state of a storm, whatever the pad sends", async () => {
    listed = xbox360Block("event5");
    const device = folder.plug("event5");
    const collector = collectStates(await open(`evdev:${device.path}`));
    await clock.advance(10);
    const storm = evdevBytes(
      Array.from({ length: 1000 }, (_, index) => [
        axis(abs.x, (index * 977) % 32768),
        key(btn.south, index % 2),
        synReport,
      ]).flat(),
    );
    for (let offset = 0; offset < storm.length; offset += 60_000) {
      device.write(storm.subarray(offset, offset + 60_000));
      await clock.advance(4);
    }
    assert.ok(collector.states.length <= 4, `${collector.states.length} states`);
    assert.deepEqual(collector.last()?.pressed, ["a"]);
    await collector.stop();
  });

  test("openGamepad() uses a person's mapping line for the pad", async () => {
    listed = xbox360Block("event5");
    const device = folder.plug("event5");
    const file = join(folder.path, "mapping.txt");
    writeFileSync(
      file,
      "# mine\nbad line\n030000005e0400008e02000014010000,Mine,a:b3,leftx:a3~,start:b40,platform:Linux,\n",
    );
    const collector = collectStates(await open(`evdev:${device.path}?mapping=${file}&deadzone=0`));
    await clock.advance(10);
    device.write(evdevBytes([axis(abs.rx, 16384), key(btn.west, 1), key(btn.south, 1), synReport]));
    await clock.advance(5);
    assert.deepEqual([collector.last()?.axes.leftx, collector.last()?.down], [-0.5, new Set(["a"])]);
    assert.deepEqual(
      warnings.map((warning) => /line 2|start:b40/.exec(warning)?.[0]),
      ["line 2", "start:b40"],
    );
    await collector.stop();
  });

  test("openGamepad() says once what to do when reading is forbidden, and goes on trying", async (context) => {
    if (process.getuid?.() === 0) return context.skip("runs as root, whom nothing is forbidden");
    const device = folder.plug("event5");
    chmodSync(device.path, 0o000);
    const collector = collectStates(await open(`evdev:${device.path}`));
    await clock.advance(3000);
    assert.deepEqual([warnings.length, /usermod -aG input/.test(warnings[0] ?? "")], [1, true]);
    chmodSync(device.path, 0o600);
    await clock.advance(600);
    assert.equal(collector.last()?.connected, true);
    await collector.stop();
  });
});

describe("openGamepad() of a joydev device", () => {
  test("openGamepad() takes the initial state and the movements of a joystick device", async () => {
    listed = xbox360Block("event5 js0");
    const device = folder.plug("js0");
    device.write(
      joydevBytes([
        [0x82, 0, 100],
        [0x82, 2, -32767],
        [0x82, 5, -32767],
        [0x81, 1, 1],
      ]),
    );
    const collector = collectStates(await open(`joydev:${device.path}`));
    await clock.advance(10);
    assert.deepEqual(
      [collector.last()?.axes, collector.last()?.down, collector.last()?.pressed],
      [restingAxes, new Set(["b"]), []],
    );
    device.write(
      joydevBytes([
        [0x02, 5, 32767],
        [0x02, 7, -32767],
      ]),
    );
    await clock.advance(5);
    assert.deepEqual([collector.last()?.axes.righttrigger, collector.last()?.pressed], [1, ["dpup"]]);
    device.unplug();
    await clock.advance(4);
    assert.equal(collector.last()?.connected, false);
    await collector.stop();
  });
});

describe("openGamepad() of auto", () => {
  test("openGamepad() finds a pad that is plugged in later, under whatever number, by evdev where its ranges are known", async () => {
    const gamepad = await open("auto");
    const collector = collectStates(gamepad);
    await clock.advance(1200);
    assert.equal(collector.last()?.connected, false);
    listed = xbox360Block("event11 js0");
    const device = folder.plug("event11");
    folder.plug("js0");
    await clock.advance(600);
    assert.equal(gamepad.name, `Microsoft X-Box 360 pad (${device.path})`);
    device.unplug();
    listed = xbox360Block("event12 js0");
    folder.plug("event12");
    await clock.advance(600);
    assert.match(gamepad.name, /event12/);
    await collector.stop();
    assert.equal(gamepad.name, "any gamepad");
  });

  test("openGamepad() reads an unknown pad by joydev, which knows its ranges", async () => {
    listed = xbox360Block("event5 js0").replace("Vendor=045e", "Vendor=0001");
    folder.plug("event5");
    folder.plug("js0");
    const gamepad = await open("auto");
    const collector = collectStates(gamepad);
    await clock.advance(20);
    assert.match(gamepad.name, /js0/);
    await collector.stop();
  });
});

test("openGamepad() names what is wrong with a name, an option or a file", async () => {
  const refused = async (url: string): Promise<string> => {
    try {
      await open(url);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.match(await refused("nintendo:"), /one of auto, evdev, .*none, got "nintendo:"/);
  assert.match(await refused("constructor:"), /got "constructor:"/);
  assert.match(await refused("evdev:"), /followed by a path like \/dev\/input\/event3/);
  assert.match(await refused("auto?speed=2"), /only the options mapping, deadzone.*got speed/);
  assert.match(await refused("auto?deadzone=1.5"), /deadzone to be 0–0.9, got "1.5"/);
  assert.match(await refused("auto?mapping=/nowhere"), /readable file of SDL mapping lines, got "\/nowhere"/);
  assert.match(await refused("keyboard:"), /from a terminal/);
  assert.match(await refused("replay:x?speed=0"), /speed to be 0.01–1000, got "0"/);
  const empty = join(folder.path, "empty.txt");
  writeFileSync(empty, "# nothing\n");
  assert.match(await refused(`auto?mapping=${empty}`), /at least one SDL mapping line/);
});

test("openGamepad() gives the agent's own drivers their turn", async () => {
  const none = await open("none:");
  const gamepad = await openGamepad("scripted:?x=1", {
    clock,
    log,
    drivers: {
      scripted: (url) => {
        assert.equal(url.options.get("x"), "1");
        return none;
      },
    },
  });
  assert.equal(gamepad, none);
});

test("listGamepads() lists the pads of a machine with their drivers", async () => {
  const pads = await listGamepads(fakeInputSystem(folder.path, () => xbox360Block("event5 js0"), "xpad"));
  assert.deepEqual(
    pads.map(({ name, driver }) => [name, driver]),
    [["Microsoft X-Box 360 pad", "xpad"]],
  );
});

test("openDeviceFile() tells nothing-yet from gone, and may be closed twice", () => {
  const device = folder.plug("event0");
  const file = openDeviceFile(device.path);
  assert.equal(file.read(), null);
  device.write(Buffer.from("ab"));
  assert.deepEqual(Buffer.from(file.read() ?? []).toString(), "ab");
  device.unplug();
  assert.throws(() => file.read(), /event0 is gone \(end of file\)/);
  file.close();
  file.close();
  assert.throws(() => file.read(), /closed/);
});

for (const [name, kind] of [
  ["evdev", "event5"],
  ["joydev", "js0"],
] as const) {
  testGamepad(`openGamepad() of ${name}`, async () => {
    const own = makeInputFolder();
    const ownClock = createManualClock();
    const device = own.plug(kind);
    device.write(
      kind === "js0"
        ? joydevBytes([
            [0x82, 0, 0],
            [0x02, 0, -20000],
            [0x01, 0, 1],
          ])
        : evdevBytes([axis(abs.x, -20000), key(btn.south, 1), synReport]),
    );
    const system = fakeInputSystem(own.path, () => xbox360Block("event5 js0"));
    const gamepad = await openGamepad(`${name}:${device.path}`, { clock: ownClock, log: silentLog, system });
    return {
      gamepad,
      advance: ownClock.advance,
      close: async () => {
        await gamepad.close();
        own.remove();
      },
    };
  });
}

testGamepad("openGamepad() of none", async () => {
  const ownClock = createManualClock();
  const gamepad = await openGamepad("none:", { clock: ownClock, log: silentLog });
  return { gamepad, advance: ownClock.advance, close: gamepad.close };
});

testGamepad("openGamepad() of replay", async () => {
  const directory = mkdtempSync(join(tmpdir(), "outrider-replay-"));
  const file = join(directory, "run.jsonl");
  const lines = Array.from({ length: 50 }, (_, index) =>
    JSON.stringify({ ms: index * 20, axes: { leftx: index / 50 }, down: ["a"] }),
  );
  writeFileSync(
    file,
    `${JSON.stringify({ format: "outrider-gamepad-states", version: 1 })}\n${lines.join("\n")}\n`,
  );
  const ownClock = createManualClock();
  const gamepad = await openGamepad(`replay:${file}`, { clock: ownClock, log: silentLog });
  return {
    gamepad,
    // The file is read by the system, which does not keep to the manual clock.
    advance: async (ms) => {
      for (let done = 0; done < ms; done += 10) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        await ownClock.advance(10);
      }
    },
    close: async () => {
      await gamepad.close();
      rmSync(directory, { recursive: true });
    },
  };
});
