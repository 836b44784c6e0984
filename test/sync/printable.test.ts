import assert from "node:assert/strict";
import { test } from "node:test";
import { printable } from "../../sync/printable.ts";

test("printable() makes one line that does nothing to a terminal", () => {
  assert.equal(printable("  a\r\n\tb\u001b[2Jc\u0000d\u009be  "), "a b [2Jc d e");
  assert.equal(printable(""), "");
  assert.equal(printable("x".repeat(10), 10), "x".repeat(10));
  assert.equal(printable("x".repeat(11), 10), `${"x".repeat(9)}…`);
});
