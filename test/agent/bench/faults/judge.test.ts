// The oracle of the fault bench must see what is planted: a loss, a double, a deletion before its time, torn bytes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Case, judge } from "../../../../agent/bench/faults/judge.ts";

/** Ten pictures a second for a second, all stored, sent and labelled; killed at its end. */
function wholeCase(): Case {
  const numbers = Array.from({ length: 10 }, (_, n) => n);
  return {
    truth: numbers.map((n) => ({
      camera: "cam0",
      sequence: n,
      monotonicNs: n * 1e8,
      md5: `md5-${n}`,
      isGiven: true,
    })),
    lives: [{ startedNs: 0, endedNs: 10e8, counted: 0, lossMs: 250, standstills: [] }],
    seen: {
      stored: new Map(numbers.map((n) => [`id-${n}`, { md5: `md5-${n}`, fingerprints: [`label-${n}`] }])),
      objects: numbers.map((n) => ({ imgId: `id-${n}`, md5: `md5-${n}` })),
      documents: numbers.map((n) => ({ imgId: `id-${n}`, fingerprint: `label-${n}` })),
      dropped: {},
    },
    before: new Map(),
    isSent: true,
    marks: new Map([["a", 1]]),
  };
}

/** The case with some things changed. */
function planted(
  change: (given: Case) => Partial<Omit<Case, "seen">> & { seen?: Partial<Case["seen"]> },
): Case {
  const whole = wholeCase();
  const changed = change(whole);
  return { ...whole, ...changed, seen: { ...whole.seen, ...changed.seen } };
}

function without(stored: Case["seen"]["stored"], ...ids: string[]): Case["seen"]["stored"] {
  return new Map([...stored].filter(([id]) => !ids.includes(id)));
}

test("judge() finds nothing where everything is there once", () => {
  assert.deepEqual(judge(wholeCase()), {
    lost: 0,
    doubled: 0,
    declared: 0,
    worstDeclared: 0,
    worstDeclaredMs: 0,
    worstDeclaredRanMs: 0,
    counted: 0,
    problems: [],
    holes: [],
  });
});

const unsent = { objects: [], documents: [] };

test("judge() sees a picture that is missing in the middle of a life", () => {
  const verdict = judge(
    planted(({ seen }) => ({ isSent: false, seen: { ...unsent, stored: without(seen.stored, "id-4") } })),
  );
  assert.equal(verdict.lost, 1);
  assert.deepEqual(verdict.problems, [
    "I5: life 0: 1 pictures are missing, 0 were counted (cam0 4 to 4, 1 of them, 0.40 s to 0.40 s of its 1.00 s)",
  ]);
  assert.deepEqual(verdict.holes, [{ life: 0, fromNs: 4e8, toNs: 4e8 }]);
});

test("judge() takes what was stored, sent and dropped between two looks for that, if the store counted it", () => {
  const dropped = (counts: Readonly<Record<string, number>>) =>
    judge(
      planted(({ seen }) => ({ seen: { stored: without(seen.stored, "id-2", "id-4"), dropped: counts } })),
    );
  const counted = dropped({ sent: 2 });
  assert.deepEqual([counted.lost, counted.doubled, counted.problems], [0, 0, []]);
  const half = dropped({ sent: 1 });
  assert.ok(half.lost > 0);
  assert.match(half.problems.join("\n"), /I5: life 0: 1 pictures are missing, 0 were counted/);
});

test("judge() asks bucket and index for nothing that was erased", () => {
  const erased = planted(({ seen }) => ({
    seen: {
      stored: new Map([...seen.stored].map(([id, frame]) => [id, { ...frame, isErased: id === "id-3" }])),
      objects: seen.objects.filter(({ imgId }) => imgId !== "id-3"),
      documents: seen.documents.filter(({ imgId }) => imgId !== "id-3"),
    },
  }));
  assert.deepEqual([judge(erased).lost, judge(erased).problems], [0, []]);
});

test("judge() asks nobody for a picture that its camera did not live to give", () => {
  const verdict = judge(
    planted(({ truth, seen }) => ({
      isSent: false,
      truth: truth.map((frame) => ({ ...frame, isGiven: frame.sequence !== 4 })),
      seen: { ...unsent, stored: without(seen.stored, "id-4") },
    })),
  );
  assert.deepEqual([verdict.lost, verdict.problems], [0, []]);
});

test("judge() declares what went with the end of a life, and says how much", () => {
  const verdict = judge(
    planted(({ seen }) => ({
      isSent: false,
      seen: { ...unsent, stored: without(seen.stored, "id-8", "id-9") },
    })),
  );
  assert.deepEqual([verdict.lost, verdict.declared, verdict.worstDeclared, verdict.problems], [0, 2, 2, []]);
});

test("judge() counts only the time that the agent ran", () => {
  const gone = (standstills: Case["lives"][number]["standstills"]) =>
    judge(
      planted(({ lives, seen }) => ({
        lives: [{ ...lives[0]!, standstills }],
        isSent: false,
        seen: { ...unsent, stored: without(seen.stored, "id-5", "id-6", "id-7", "id-8", "id-9") },
      })),
    );
  const stopped = gone([{ fromNs: 5e8, toNs: 8.5e8 }]);
  assert.deepEqual([stopped.lost, stopped.declared], [0, 5]);
  assert.deepEqual([stopped.worstDeclaredMs, stopped.worstDeclaredRanMs], [500, 150]);
  assert.equal(gone([]).lost, 3);
});

test("judge() takes a missing picture that the agent counted, and no more than it counted", () => {
  const lives = [{ startedNs: 0, endedNs: 10e8, counted: 1, lossMs: 250, standstills: [] }];
  const gone = (...ids: string[]): Case =>
    planted(({ seen }) => ({
      lives,
      isSent: false,
      seen: { ...unsent, stored: without(seen.stored, ...ids) },
    }));
  assert.deepEqual([judge(gone("id-4")).lost, judge(gone("id-4")).counted], [0, 1]);
  assert.equal(judge(gone("id-4", "id-5")).lost, 1);
});

test("judge() sees a picture that is stored twice, and takes what a frozen camera gave twice", () => {
  const twice = planted(({ seen }) => ({
    isSent: false,
    seen: { ...unsent, stored: new Map([...seen.stored, ["id-x", { md5: "md5-3", fingerprints: [] }]]) },
  }));
  assert.equal(judge(twice).doubled, 1);
  const frozen = {
    ...twice,
    truth: [
      ...twice.truth,
      { camera: "cam0", sequence: 10, monotonicNs: 9.5e8, md5: "md5-3", isGiven: true },
    ],
  };
  assert.equal(judge(frozen).doubled, 0);
});

test("judge() sees torn bytes", () => {
  for (const md5 of [null, "md5-of-something-else"]) {
    const verdict = judge(
      planted(({ seen }) => ({
        isSent: false,
        seen: { ...unsent, stored: new Map([...seen.stored, ["id-2", { md5, fingerprints: [] }]]) },
      })),
    );
    assert.match(verdict.problems.join("\n"), /I1: 1 stored pictures are not what a camera gave/);
    assert.ok(verdict.lost > 0);
  }
});

test("judge() sees what was stored once and is gone, counted or not", () => {
  const gone = planted(({ seen }) => ({
    before: seen.stored,
    seen: { ...unsent, stored: without(seen.stored, "id-1") },
    isSent: false,
  }));
  assert.match(judge(gone).problems.join("\n"), /I3: 1 frames were deleted before bucket and index had them/);
  assert.equal(judge(gone).lost, 1);
  const thinned = { ...gone, seen: { ...gone.seen, dropped: { thinned: 1 } } };
  assert.deepEqual(judge(thinned).problems, []);
});

test("judge() does not take `sent` for a frame that bucket or index do not have", () => {
  const dropped = planted(({ seen }) => ({
    before: seen.stored,
    isSent: false,
    seen: { stored: without(seen.stored, "id-1"), dropped: { sent: 1 } },
  }));
  assert.deepEqual(judge(dropped).problems, []);
  const noDocument = {
    ...dropped,
    seen: { ...dropped.seen, documents: dropped.seen.documents.filter(({ imgId }) => imgId !== "id-1") },
  };
  assert.match(judge(noDocument).problems.join("\n"), /I3/);
});

test("judge() sees an object or a document that is missing, doubled, changed or nobody's", () => {
  const cases: readonly [RegExp, (seen: Case["seen"]) => Partial<Case["seen"]>][] = [
    [/I1: 1 stored frames have no object/, (seen) => ({ objects: seen.objects.slice(1) })],
    [/I1: 1 labels have no document/, (seen) => ({ documents: seen.documents.slice(1) })],
    [
      /I2: 1 objects or documents are there twice/,
      (seen) => ({ documents: [...seen.documents, seen.documents[0]!] }),
    ],
    [
      /I2: 1 objects are no stored frame/,
      (seen) => ({ objects: [...seen.objects.slice(1), { imgId: "id-0", md5: "md5-1" }] }),
    ],
    [
      /I2: 1 objects are no stored frame/,
      (seen) => ({ objects: [...seen.objects, { imgId: "id-77", md5: "md5-1" }] }),
    ],
    [
      /I2: 1 documents are no stored label/,
      (seen) => ({ documents: [...seen.documents, { imgId: "id-0", fingerprint: "other" }] }),
    ],
  ];
  for (const [expected, change] of cases) {
    const verdict = judge(planted(({ seen }) => ({ seen: change(seen) })));
    assert.match(verdict.problems.join("\n"), expected);
    assert.ok(verdict.lost + verdict.doubled > 0);
  }
});

test("judge() sees a mark that was carried out twice, and an answered one that nobody heard", () => {
  assert.equal(judge({ ...wholeCase(), marks: new Map([["a", 2]]) }).doubled, 1);
  assert.equal(judge({ ...wholeCase(), marks: new Map([["a", 0]]) }).lost, 1);
  assert.equal(judge({ ...wholeCase(), isSent: false, marks: new Map([["a", 0]]) }).lost, 0);
});

test("judge() gives every life its own pictures", () => {
  const verdict = judge(
    planted(({ seen }) => ({
      lives: [
        { startedNs: 0, endedNs: 4.5e8, counted: 0, lossMs: 250, standstills: [] },
        { startedNs: 5e8, endedNs: 10e8, counted: 0, lossMs: 250, standstills: [] },
      ],
      isSent: false,
      seen: { ...unsent, stored: without(seen.stored, "id-4", "id-5") },
    })),
  );
  // 4 went with the first life; 5 is missing at the beginning of the second, where nothing may be.
  assert.deepEqual([verdict.declared, verdict.lost], [1, 1]);
});
