// The import's process killed at requests of its own, and gone on with.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Child, startChild } from "../../fakes/child.ts";
import { startImport } from "../../fakes/import.ts";

test("an import killed again and again comes to the same as one that ran through, with nothing twice", async (t) => {
  const calm = await startImport(t);
  await calm.run();
  const victim: { left: number; child: Child | null } = { left: 0, child: null };
  const { annotation, flags, env, folder, run } = await startImport(t, {
    annotation: {
      onRequest: () => {
        victim.left -= 1;
        // While the request is carried out: its answer meets nobody.
        if (victim.left === 0) void victim.child?.kill();
      },
    },
  });
  const data = folder();
  for (const left of [5, 12, 19]) {
    victim.left = left;
    victim.child = startChild(t, "import-child.ts", [JSON.stringify({ flags, env, data })]);
    const { signal } = await victim.child.ended;
    assert.equal(signal, "SIGKILL");
  }
  victim.left = 0;
  const result = await run({}, { data });
  assert.deepEqual([result.problems, result.failedSequences], [[], 0]);
  assert.deepEqual(annotation.state(), calm.annotation.state());
});
