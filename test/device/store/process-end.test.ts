// A process that ends in the middle of a commit ends at once, and has lost nothing that was on disk.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openEnvironment } from "../../../device/store/environment.ts";
import { startChild } from "../../fakes/child.ts";
import { temporaryFolder } from "../../fakes/store.ts";

const ends: readonly {
  readonly title: string;
  readonly args: readonly [mode: string, code: string];
  readonly signal: NodeJS.Signals;
  readonly says: RegExp;
}[] = [
  { title: "process.exit(1)", args: ["exit", "1"], signal: "SIGKILL", says: /^$/ },
  { title: "process.exit(130), a second Ctrl-C,", args: ["exit", "130"], signal: "SIGINT", says: /^$/ },
  {
    title: "an error that nobody catches",
    args: ["throw", "1"],
    signal: "SIGKILL",
    says: /Error: nobody catches this/,
  },
];
for (const { title, args, signal, says } of ends) {
  test(`${title} in the middle of a commit neither hangs nor crashes, and what was on disk stays there`, async (t) => {
    const folders = [5, 31].map((milliseconds) => ({ milliseconds, directory: temporaryFolder(t) }));
    await Promise.all(
      folders.map(async ({ milliseconds, directory }) => {
        const [mode, code] = args;
        const child = startChild(t, "../device/store/ending-child.ts", [
          mode,
          directory,
          code,
          String(milliseconds),
        ]);
        let onDisk = -1;
        try {
          for (;;) onDisk = Number(await child.line());
        } catch {
          // It ended.
        }
        const end = await child.ended;
        // Between two commits it ends with its code.
        const isOrderly = end.code === Number(code);
        assert.ok(isOrderly || end.signal === signal, `after ${milliseconds} ms: ${JSON.stringify(end)}`);
        assert.match(end.stderr, says);
        const environment = openEnvironment(directory);
        const table = environment.table<string>("a");
        for (let n = 0; n <= onDisk; n += 1)
          for (let part = 0; part < 20; part += 1)
            assert.deepEqual(table.get(`${n}-${part}`), Buffer.alloc(20_000, n));
        await environment.close();
      }),
    );
  });
}
