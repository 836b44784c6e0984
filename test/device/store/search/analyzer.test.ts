// Words as the standard analyser of Elasticsearch 7.10.2 and OpenSearch 2.19.3 makes them: the expected words are those servers' answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { analyse, lowerCase } from "../../../../device/store/search/analyzer.ts";
import { processorMs } from "../../../fakes/processor-time.ts";

const cases: readonly (readonly [text: string, words: readonly string[]])[] = [
  ["Night session, wet floor", ["night", "session", "wet", "floor"]],
  ["training_race_1 __ _a_ a__b", ["training_race_1", "_a_", "a__b"]],
  ["Race-Day_2 (long)/short", ["race", "day_2", "long", "short"]],
  ["L'été d’hiver 'quoted' rock'n'roll", ["l'été", "d’hiver", "quoted", "rock'n'roll"]],
  ["3.14 1,000 1;2 1.a a.1 v1.2.3 12:30", ["3.14", "1,000", "1;2", "1", "a", "a", "1", "v1.2.3", "12", "30"]],
  ["a.b.c x:y foo@bar.com C++ $5 50%", ["a.b.c", "x:y", "foo", "bar.com", "c", "5", "50"]],
  ["ΑΣ ΣΑΣ İstanbul STRASSE ß", ["ασ", "σασ", "istanbul", "strasse", "ß"]],
  ["e\u0301x a\u00ADb a\u200Bb", ["e\u0301x", "a\u00ADb", "a", "b"]],
  ["日本語テスト ひらがな 한국어", ["日", "本", "語", "テスト", "ひ", "ら", "が", "な", "한국어"]],
  ["สวัสดีครับ ខ្មែរ", ["สวัสดีครับ", "ខ្មែរ"]],
  ["צה\"ל ג'ירפה ١٢٬٣ 1٫5 ０１２", ['צה"ל', "ג'ירפה", "١٢٬٣", "1٫5", "０１２"]],
  ["😀 👨‍👩‍👧 🇫🇷🇩🇪 #️⃣ 1️⃣ ©", ["😀", "👨‍👩‍👧", "🇫🇷", "🇩🇪", "#️⃣", "1️⃣", "©"]],
  ["", []],
  [" .,;!? -- \u200B", []],
];

for (const [text, words] of cases) {
  test(`analyse() finds the words of ${JSON.stringify(text)}`, () => {
    assert.deepEqual(analyse(text), words);
  });
}

test("analyse() cuts words of more than 255 letters", () => {
  assert.deepEqual(
    analyse("x".repeat(600)).map((word) => word.length),
    [255, 255, 90],
  );
});

test("analyse() takes time in proportion to the text, whatever the text", () => {
  for (const piece of [
    "a",
    "1,",
    'א"',
    "א'",
    "a_",
    "'",
    "_",
    "👩‍",
    "\u0301",
    "\u200D",
    "a:\u0301",
    "_\u0301",
    "カ_",
    "1⃣",
    "a:",
  ]) {
    const ms = processorMs(() => analyse(piece.repeat(50_000)));
    assert.ok(ms < 1500, `${JSON.stringify(piece)} × 50000 took ${ms} ms`);
  }
});

test("lowerCase() goes letter by letter", () => {
  assert.equal(lowerCase("ABC"), "abc");
  assert.equal(lowerCase("ÉΣ𐐀"), "éσ𐐨");
});
