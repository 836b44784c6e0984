// Wildcard patterns, compared with regular expressions.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseWildcard } from "../../../../device/store/search/wildcard.ts";
import { processorMs } from "../../../fakes/processor-time.ts";

test("parseWildcard() matches as the regular expression of the same meaning", () => {
  const piece = fc.constantFrom("a", "b", "*", "?", "é", "😀", "\\*", "\\?", "\\\\", ".");
  const letters = fc.array(fc.constantFrom("a", "b", "é", "😀", "*", "?", "\\", "."), { maxLength: 8 });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 7 }), letters, (pieces, text) => {
      const source = pieces.map((each) => {
        if (each === "*") return ".*";
        if (each === "?") return ".";
        return (each.length === 2 && each[0] === "\\" ? each[1]! : each).replace(/[\\*?.]/, "\\$&");
      });
      const expected = new RegExp(`^${source.join("")}$`, "us").test(text.join(""));
      assert.equal(parseWildcard(pieces.join("")).matches(text.join("")), expected);
    }),
    { numRuns: 3000 },
  );
});

test("parseWildcard() knows what every match begins with", () => {
  assert.deepEqual(pick("2020*4?"), { prefix: "2020", isLiteral: false, isPrefix: false });
  assert.deepEqual(pick("a\\*b*"), { prefix: "a*b", isLiteral: false, isPrefix: true });
  assert.deepEqual(pick("plain"), { prefix: "plain", isLiteral: true, isPrefix: false });
  assert.deepEqual(pick("end\\"), { prefix: "end\\", isLiteral: true, isPrefix: false });
  assert.deepEqual(pick("*"), { prefix: "", isLiteral: false, isPrefix: true });
});

test("parseWildcard() never takes long", () => {
  const ms = processorMs(() => {
    assert.equal(parseWildcard(`${"a*".repeat(50)}b`).matches("a".repeat(5000)), false);
  });
  assert.ok(ms < 1000, `${ms} ms`);
});

function pick(pattern: string): { prefix: string; isLiteral: boolean; isPrefix: boolean } {
  const { prefix, isLiteral, isPrefix } = parseWildcard(pattern);
  return { prefix, isLiteral, isPrefix };
}
