import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatFrame, type GuardAnswer, type GuardQuestion } from "../../../device/drive/guard-frames.ts";
import { createGuardService } from "../../../device/drive/guard-service.ts";
import { createNoDrive } from "../../../device/drive/none.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";

const forward = { steering: 0, throttle: 0.5 };
const rest = { steering: 0, throttle: 0 };

function openService(openBoard = async () => createNoDrive()) {
  const clock = createManualClock();
  const answers: GuardAnswer[] = [];
  let ends = 0;
  let n = 0;
  const service = createGuardService({
    send: (answer) => answers.push(answer),
    openBoard,
    clock,
    onEnd: () => {
      ends += 1;
    },
  });
  const receive = async (text: string): Promise<void> => {
    service.receive(new TextEncoder().encode(text));
    await clock.advance(0);
  };
  return {
    clock,
    answers,
    service,
    receive,
    ends: () => ends,
    /** Asks all in one burst. */
    ask: (...questions: Record<string, unknown>[]) =>
      receive(
        questions
          .map((question) => {
            n += 1;
            return formatFrame({ n, ...question } as unknown as GuardQuestion);
          })
          .join(""),
      ),
    apply: (command: typeof forward) => ({
      ask: "apply",
      command,
      validMs: 200,
      sentNs: clock.monotonicNs(),
    }),
  };
}

const open = { ask: "open", url: "none:" };
const arm = { ask: "arm", validMs: 200 };

test("createGuardService() opens, arms, applies and says what the board does", async () => {
  const { ask, apply, answers } = openService();
  await ask(open);
  await ask(arm);
  await ask(apply(forward));
  assert.deepEqual(answers, [
    { say: "done", n: 1, state: { armed: false, applied: rest, neutralReason: null } },
    { say: "done", n: 2, state: { armed: true, applied: rest, neutralReason: null } },
    { say: "done", n: 3, state: { armed: true, applied: forward, neutralReason: null } },
  ]);
});

test("createGuardService() stops the car when what comes is no command, and goes on hearing", async () => {
  for (const garbage of [
    "garbage\n",
    "\u0000\u0001\n",
    "{}\n",
    `${"x".repeat(20_000)}\n`,
    '{"ask":"arm"\n',
  ]) {
    const { ask, apply, receive, answers } = openService();
    await ask(open);
    await ask(arm);
    await ask(apply(forward));
    await receive(garbage);
    const stopped = answers.at(-1);
    assert.ok(stopped?.say === "stopped" && stopped.failSafe.cause === "lost", JSON.stringify(stopped));
    assert.deepEqual(stopped.failSafe.applied, forward);
    await ask(apply(forward));
    const after = answers.at(-1);
    assert.ok(after?.say === "done" && !after.state.armed && after.state.applied.throttle === 0);
    await ask(apply(rest), arm);
    const again = answers.at(-1);
    assert.ok(again?.say === "done" && again.state.armed);
  }
});

test("createGuardService() refuses what comes before a board, and a second one", async () => {
  const { ask, answers } = openService();
  await ask(arm);
  await ask(open);
  await ask(open);
  assert.deepEqual(
    answers.map((answer) => (answer.say === "refused" ? answer.message : answer.say)),
    [
      'Expected an open board for "arm", got none',
      "done",
      "Expected one board to open, got another question for one",
    ],
  );
});

test("createGuardService() ends when the board does not open, and when it is asked to", async () => {
  const broken = openService(async () => {
    throw new Error("no board");
  });
  await broken.ask(open);
  assert.deepEqual(broken.answers, [{ say: "refused", n: 1, message: "no board" }]);
  assert.equal(broken.ends(), 1);
  const { ask, answers, ends } = openService();
  await ask(open);
  await ask({ ask: "close" });
  assert.deepEqual(answers.at(-1), {
    say: "done",
    n: 2,
    state: { armed: false, applied: rest, neutralReason: "closed" },
  });
  assert.equal(ends(), 1);
});

test("createGuardService() never moves a car for bytes that nobody meant", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), async (pieces) => {
      const { ask, apply, service, clock, answers } = openService();
      await ask(open);
      await ask(arm);
      await ask(apply(forward));
      service.receive(new TextEncoder().encode("\n"));
      for (const bytes of pieces) service.receive(bytes);
      service.receive(new TextEncoder().encode("\n"));
      await clock.advance(1);
      assert.ok(answers.some(({ say }) => say === "stopped"));
      await ask({ ask: "neutral", reason: "looked at" });
      const state = answers.findLast((answer) => answer.say === "done");
      assert.ok(state?.say === "done" && !state.state.armed);
    }),
    { numRuns: 50 },
  );
});
