import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type PythonValue, parsePythonLiteral } from "../../../models/detectors/python-literal.ts";

test("parsePythonLiteral() reads what exporters write", () => {
  const cases: readonly (readonly [string, PythonValue])[] = [
    [
      "{0: 'person', 1: \"fire's\", 2: 'a\\'b\\n\\xe9\\u00e9'}",
      new Map<PythonValue, PythonValue>([
        [0, "person"],
        [1, "fire's"],
        [2, "a'b\néé"],
      ]),
    ],
    ["['smoke', 'fire',]", ["smoke", "fire"]],
    ["[640, 640]", [640, 640]],
    ["(1, -2.5e3)", [1, -2500]],
    ["True", true],
    [" None ", null],
    ["32", 32],
    ["{}", new Map()],
    [
      "{'nms': False, 'size': {'w': (1,)}}",
      new Map<PythonValue, PythonValue>([
        ["nms", false],
        ["size", new Map([["w", [1]]])],
      ]),
    ],
  ];
  for (const [text, value] of cases) assert.deepEqual(parsePythonLiteral(text), value, text);
});

test("parsePythonLiteral() gives undefined for what is no literal, and runs nothing", () => {
  const cases = [
    "",
    "{0: 'open}",
    "[1, 2",
    "{1}",
    "__import__('os').system('ls')",
    "{0: exit()}",
    "[1] + [2]",
    "1 2",
    "'a' 'b'",
    "[1,,2]",
    "0x10",
    "1_000",
    "'\\U99999999'",
    "[".repeat(50_000),
  ];
  for (const text of cases) assert.equal(parsePythonLiteral(text), undefined, text.slice(0, 40));
});

test("parsePythonLiteral() reads back names of any letters", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom(..."aB9é火🦝'\"\\\n,:{}[]() "), maxLength: 12 }), {
        maxLength: 8,
      }),
      (names) => {
        const quoted = names.map(
          (name) => `'${name.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n")}'`,
        );
        assert.deepEqual(parsePythonLiteral(`[${quoted.join(", ")}]`), names);
      },
    ),
  );
});

test("parsePythonLiteral() answers for any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."{}[](),:'\"\\0 aTrue-.e") }), (text) => {
      parsePythonLiteral(text);
    }),
  );
});
