// The log: readable or JSON, a level that changes while it runs, and no secret in any line.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog, type LogOptions } from "../../agent/log.ts";

function openLog(options: Partial<LogOptions> & { isTTY?: boolean } = {}) {
  const { isTTY = false, ...rest } = options;
  const lines: string[] = [];
  const log = createLog({
    level: "info",
    stream: { isTTY, write: (text) => void lines.push(text) },
    ...rest,
  });
  return { log, lines };
}

test("createLog() hides what is in secret fields, in addresses and in the texts of errors, whatever the format", () => {
  for (const format of ["json", "pretty"] as const) {
    const { log, lines } = openLog({ format });
    const cause = new Error("connect mqtts://anna:secret1@host:8883 failed, token=secret2");
    log.error(
      {
        url: "rtsp://admin:secret3@10.0.0.1/live",
        deep: { password: "secret4", nested: [{ apiKey: 5 }] },
        cause,
      },
      'at "s3://AK:secret5@host/bucket?key=secret6\\" went wrong',
    );
    log.warn({ error: new Error("Authorization", { cause }) }, "again");
    const text = lines.join("");
    assert.doesNotMatch(text, /secret\d/, format);
    assert.match(text, /went wrong/);
    assert.match(text, /rtsp:\/\/\*\*\*@10\.0\.0\.1\/live/);
  }
});

test("createLog() writes JSON lines without a terminal, readable ones on it, and what `format` says in any case", () => {
  const isJson = (line: string): boolean => line.startsWith("{");
  for (const [format, isTTY, json] of [
    ["auto", false, true],
    ["auto", true, false],
    ["json", true, true],
    ["pretty", false, false],
  ] as const) {
    const { log, lines } = openLog({ format, isTTY });
    log.info({ frames: 3 }, "kept");
    assert.equal(isJson(lines[0]!), json, `${format}, terminal ${isTTY}`);
  }
});

test("setLevel() holds from the next line on", () => {
  const { log, lines } = openLog();
  log.debug({}, "not said");
  log.setLevel("debug");
  log.debug({}, "said");
  log.setLevel("silent");
  log.error({}, "not said either");
  assert.equal(log.level(), "silent");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).msg),
    ["said"],
  );
});

test("createLog() hides the very secrets it is told of", () => {
  const { log, lines } = openLog({ hide: (text) => text.replaceAll("hunter22", "***") });
  log.info({ words: "hunter22!" }, "my hunter22");
  assert.doesNotMatch(lines.join(""), /hunter22/);
});
