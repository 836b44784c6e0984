import assert from "node:assert/strict";
import { test } from "node:test";
import { createStatusLine, describeAgent, fitLine } from "../../agent/status-line.ts";
import { openTestAgent } from "../fakes/agent.ts";

const parts = ["recording", "30.0 fps", "frames 612", "labels 598"];

function line(stream: { isTTY: boolean; columns?: number }) {
  const written: string[] = [];
  const status = createStatusLine({ ...stream, write: (text: string) => written.push(text) }, () => parts);
  return { status, written };
}

test("fitLine() leaves the last parts out, and cuts only the first", () => {
  assert.equal(fitLine(parts, 80), "recording | 30.0 fps | frames 612 | labels 598");
  assert.equal(fitLine(parts, 33), "recording | 30.0 fps | frames 612");
  assert.equal(fitLine(parts, 32), "recording | 30.0 fps");
  assert.equal(fitLine(parts, 4), "reco");
  assert.equal(fitLine([], 4), "");
});

test("createStatusLine() rewrites one line on a terminal and never wraps it", () => {
  const { status, written } = line({ isTTY: true, columns: 24 });
  status.draw();
  status.print("a sentence above");
  status.end();
  status.draw();
  status.end();
  assert.deepEqual(written, [
    "\r\x1b[2Krecording | 30.0 fps",
    "\r\x1b[2Ka sentence above\n",
    "\r\x1b[2Krecording | 30.0 fps",
    "\n",
  ]);
});

test("createStatusLine() takes 80 columns where a terminal does not say", () => {
  const { status, written } = line({ isTTY: true, columns: 0 });
  status.draw();
  assert.match(written[0]!, /labels 598$/);
});

test("createStatusLine() writes whole lines where there is no terminal", () => {
  const { status, written } = line({ isTTY: false });
  status.draw();
  status.end();
  assert.deepEqual(written, ["recording | 30.0 fps | frames 612 | labels 598\n"]);
});

test("createStatusLine() leaves the log of a service alone, but for what is printed", () => {
  const written: string[] = [];
  const stream = { isTTY: false, write: (text: string) => written.push(text) };
  const status = createStatusLine(stream, () => parts, { isService: true });
  status.draw();
  status.print('{"level":40}\n');
  status.end();
  assert.deepEqual(written, ['{"level":40}\n']);
});

test("describeAgent() says first what is going on and what is wrong", async (t) => {
  const agent = await openTestAgent(t);
  const [doing, ...rest] = describeAgent(agent);
  assert.equal(doing, "stopped");
  assert.deepEqual(rest.slice(1, 5), ["frames 0", "labels 0", "waiting 0", "delivered 0"]);
  assert.match(rest.at(-1)!, /^disk .* free$/);
});
