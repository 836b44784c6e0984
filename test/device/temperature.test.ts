import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readTemperatureC } from "../../device/temperature.ts";
import { temporaryFolder } from "../fakes/store.ts";

function zone(folder: string, number: number, type: string, temp: string): void {
  const path = join(folder, `thermal_zone${number}`);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "type"), `${type}\n`);
  writeFileSync(join(path, "temp"), `${temp}\n`);
}

test("readTemperatureC() is the processor's, else the warmest part's", (t) => {
  const folder = temporaryFolder(t);
  zone(folder, 0, "acpitz", "27800");
  zone(folder, 1, "iwlwifi_1", "60000");
  assert.equal(readTemperatureC(folder), 60);
  zone(folder, 2, "cpu-thermal", "48312");
  assert.equal(readTemperatureC(folder), 48.3);
});

test("readTemperatureC() is null where nothing is said that can be true", (t) => {
  const folder = temporaryFolder(t);
  assert.equal(readTemperatureC(join(folder, "nowhere")), null);
  zone(folder, 0, "cpu-thermal", "");
  zone(folder, 1, "cpu-thermal", "-274000");
  mkdirSync(join(folder, "thermal_zone2"));
  mkdirSync(join(folder, "cooling_device0"));
  assert.equal(readTemperatureC(folder), null);
});
