import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import type { Command } from "../../../agent/remote/command.ts";
import { commandNames, createCommands } from "../../../agent/remote/commands.ts";
import { RemoteRefusal } from "../../../agent/remote/hands.ts";
import { createRequests, type RequestsOptions } from "../../../agent/remote/requests.ts";
import { createSeenRequests, type SeenRequests } from "../../../agent/remote/seen.ts";
import { createTopics } from "../../../agent/remote/topics.ts";
import { silentLog } from "../../../device/log.ts";
import type { LinkMessage } from "../../../sync/clients/mqtt-link.ts";
import type { MqttPublication } from "../../../sync/clients/mqtt-message.ts";
import { createFakeHands } from "../../fakes/hands.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";

const topics = createTopics("o", "car");

function command(name: string, run: Command["run"], effect: Command["effect"] = "act"): Command {
  return {
    name,
    summary: name,
    example: {},
    schema: z.strictObject({ n: z.number().int().optional() }),
    effect,
    run,
  };
}

/** A dispatcher that counts what it carried out and collects what it answered. */
function open(options: Partial<RequestsOptions> & { seen?: SeenRequests } = {}) {
  const clock = createManualClock();
  const answers: MqttPublication[] = [];
  const acted: unknown[] = [];
  const requests = createRequests({
    topics,
    commands: [
      command("act", async (parameters) => {
        acted.push(parameters);
        return { count: acted.length };
      }),
      command("read", async () => ({ acted: acted.length }), "read"),
      command("refuse", async () => {
        throw new RemoteRefusal("not_now", "Not now");
      }),
      command("break", async () => {
        throw new Error("wire is loose");
      }),
      command("hang", () => new Promise(() => undefined)),
    ],
    seen: createSeenRequests(),
    answer: async (publication) => void answers.push(publication),
    clock,
    log: silentLog,
    ...options,
  });
  const ask = async (name: string, body: unknown, extra: Partial<LinkMessage> = {}) => {
    const payload =
      body instanceof Uint8Array ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
    await requests.take({
      topic: `o/car/request/${name}`,
      payload,
      retained: false,
      qos: 1,
      expirySeconds: null,
      responseTopic: null,
      correlationData: null,
      receivedNs: clock.monotonicNs(),
      expiresAtNs: null,
      ...extra,
    });
    return lastAnswer();
  };
  const lastAnswer = (): Record<string, unknown> | null =>
    answers.length === 0 ? null : JSON.parse(String(answers.at(-1)!.payload));
  return { requests, clock, answers, acted, ask, lastAnswer };
}

const codeOf = (answer: Record<string, unknown> | null): unknown =>
  (answer?.error as { code?: unknown } | undefined)?.code;

test("createRequests() carries out, answers at the command's topic and echoes the transaction", async () => {
  const { ask, answers, acted } = open();
  assert.deepEqual(await ask("act", { n: 3, transaction: "t1" }), {
    status: "ok",
    data: { count: 1 },
    transaction: "t1",
  });
  assert.deepEqual(acted, [{ n: 3 }]);
  assert.equal(answers[0]!.topic, "o/car/response/act");
  assert.equal(answers[0]!.retain ?? false, false);
  assert.deepEqual(await ask("act", ""), { status: "ok", data: { count: 2 } });
});

test("createRequests() never acts on retained or expired messages and counts them", async () => {
  const { ask, requests, acted, answers, clock } = open();
  await ask("act", {}, { retained: true });
  await ask("act", {}, { expirySeconds: 0, expiresAtNs: clock.monotonicNs() });
  await clock.advance(10);
  await ask("act", {}, { expirySeconds: 1, expiresAtNs: clock.monotonicNs() - 1 });
  assert.deepEqual([acted, answers], [[], []]);
  assert.deepEqual(requests.figures().ignored, { retained: 1, expired: 2, too_many: 0 });
});

test("createRequests() acts once for a transaction however often and whenever it comes, and answers each time the same", async () => {
  const { ask, acted, clock, requests, answers } = open();
  const first = await ask("act", { transaction: 7, n: 1 });
  assert.deepEqual(await ask("act", { n: 1, transaction: 7 }), first);
  const message = (n: number) => ask("act", { transaction: "both", n });
  await Promise.all([message(5), message(5)]);
  assert.equal(acted.length, 2);
  assert.deepEqual(answers.at(-1)!.payload, answers.at(-2)!.payload);
  await ask("act", { transaction: 7, n: 2 });
  assert.equal(acted.length, 3, "other parameters are another request");
  await clock.advance(600_001);
  await ask("act", { transaction: 7, n: 1 });
  assert.equal(acted.length, 4, "after ten minutes the number is free again");
  await ask("read", { transaction: 1 });
  assert.deepEqual(await ask("read", { transaction: 1 }), {
    status: "ok",
    data: { acted: 4 },
    transaction: 1,
  });
  await requests.close();
});

test("createRequests() does not act again after a restart, and says so when the end of the first is unknown", async () => {
  const seen = createSeenRequests();
  const before = open({ seen });
  const answer = await before.ask("act", { transaction: "a" });
  void before.ask("hang", { transaction: "b" });
  const after = open({ seen });
  assert.deepEqual(await after.ask("act", { transaction: "a" }), answer);
  assert.equal(after.acted.length, 0);
  const unknown = await after.ask("hang", { transaction: "b" });
  assert.equal(codeOf(unknown), "interrupted");
});

test("createRequests() still acts when the memory cannot be written", async () => {
  const seen: SeenRequests = {
    find: () => null,
    remember: async () => {
      throw new Error("disk full");
    },
  };
  const { ask, acted } = open({ seen });
  assert.equal((await ask("act", { transaction: 1 }))?.status, "ok");
  assert.equal(acted.length, 1);
});

test("createRequests() answers every mistake with a code and acts on none", async () => {
  const { ask, acted, answers } = open();
  const deep = `${"[".repeat(5000)}${"]".repeat(5000)}`;
  const rows: [string, unknown, string][] = [
    ["nothing", {}, "unknown_command"],
    ["__proto__", {}, "unknown_command"],
    ["act/deeper", {}, "unknown_command"],
    ["act", "{", "bad_request"],
    ["act", "[]", "bad_request"],
    ["act", "null", "bad_request"],
    ["act", `{"n": ${deep}}`, "bad_request"],
    ["act", '{"n": 1, "n": 2}', "bad_request"],
    ["act", { n: "one" }, "bad_request"],
    ["act", { m: 1 }, "bad_request"],
    ["act", { transaction: {} }, "bad_request"],
    ["act", { transaction: "x".repeat(200) }, "bad_request"],
    ["act", Buffer.from([0xff, 0xfe, 0x00]), "bad_request"],
    ["act", Buffer.alloc(70_000, 0x20), "too_large"],
    ["refuse", {}, "not_now"],
    ["break", {}, "failed"],
  ];
  for (const [name, body, code] of rows) {
    const answer = await ask(name, body);
    assert.equal(answer?.status, "error", name);
    assert.equal(codeOf(answer), code, `${name} ${String(body).slice(0, 40)}`);
  }
  assert.equal(answers.length, rows.length);
  assert.equal(answers[0]!.topic, "o/car/response/unknown");
  assert.deepEqual(acted, []);
});

test("createRequests() withstands any bytes", async () => {
  const { ask, answers, clock } = open();
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array(), fc.json()), fc.string(), async (body, name) => {
      const count = answers.length;
      await clock.advance(1000);
      await ask(name, body);
      assert.equal(answers.length, count + 1);
    }),
    { numRuns: 200 },
  );
});

test("createRequests() honours a response topic with its correlation data, and only one that is for answers", async () => {
  const { ask, answers } = open();
  const correlationData = Buffer.from([1, 0, 255]);
  await ask("read", {}, { responseTopic: "clients/x/response", correlationData });
  await ask("read", {}, { responseTopic: "o/other/request/act", correlationData });
  assert.deepEqual(
    answers.map(({ topic, correlationData: data }) => [topic, data]),
    [
      ["clients/x/response", correlationData],
      ["o/car/response/read", correlationData],
    ],
  );
});

test("createRequests() ends what takes too long, refuses what is too much, and forgets nothing by it", async () => {
  const { ask, clock, requests, answers, acted } = open({ maxRunning: 2 });
  const hanging = [ask("hang", {}), ask("hang", { transaction: "h" })];
  const busy = await ask("act", { transaction: "later" });
  assert.equal(codeOf(busy), "busy");
  await clock.advance(30_000);
  await Promise.all(hanging);
  assert.ok(answers.slice(-2).every(({ payload }) => String(payload).includes('"timeout"')));
  assert.equal(
    (await ask("act", { transaction: "later" }))?.status,
    "ok",
    "a request that found no place was not begun",
  );
  for (let count = 0; count < 200; count += 1) await ask("act", {});
  assert.ok(requests.figures().ignored.too_many > 50);
  assert.ok(acted.length < 140);
});

test("close() answers what runs and takes nothing more", async () => {
  const { ask, requests, lastAnswer, answers } = open();
  const hanging = ask("hang", {});
  await requests.close();
  await requests.close();
  await hanging;
  assert.match(JSON.stringify(lastAnswer()), /stopping/);
  await ask("act", {});
  assert.equal(answers.length, 1);
});

test("createRequests() knows a transaction again when the wall clock has jumped meanwhile", async () => {
  const { ask, acted, clock } = open();
  await ask("act", { transaction: "once" });
  for (const years of [-54, 10]) {
    clock.setWall(clock.now().wallUs + years * 365 * 86_400e6, true);
    await ask("act", { transaction: "once" });
    assert.equal(acted.length, 1, `carried out again ${years} years away`);
  }
  await clock.advance(11 * 60_000);
  await ask("act", { transaction: "once" });
  assert.equal(acted.length, 2, "counters that begin again at 1 are other requests after ten minutes");
});

test("createRequests() knows a request again by its correlation data where it has no transaction, also after a restart", async () => {
  const seen = createSeenRequests();
  const { ask, acted } = open({ seen });
  const correlationData = Buffer.from([7]);
  const first = await ask("act", {}, { correlationData, responseTopic: "clients/a/response" });
  assert.deepEqual(await ask("act", {}, { correlationData, responseTopic: "clients/a/response" }), first);
  assert.equal(acted.length, 1);
  await ask("act", {}, { correlationData, responseTopic: "clients/b/response" });
  assert.equal(acted.length, 2, "another asker may count alike");
  await ask("act", {}, { correlationData: Buffer.alloc(0) });
  await ask("act", {}, { correlationData: Buffer.alloc(0) });
  assert.equal(acted.length, 4, "nothing is no name");
  const after = open({ seen });
  assert.deepEqual(
    await after.ask("act", {}, { correlationData, responseTopic: "clients/a/response" }),
    first,
  );
  assert.equal(after.acted.length, 0);
});

test("createRequests() refuses what the configuration does not allow, and counts every refusal by its code", async () => {
  const { ask, requests, answers } = open({ forbidden: ["drive"], maxRequestBytes: 300 });
  assert.equal(codeOf(await ask("drive", {})), "not_allowed");
  assert.equal(codeOf(await ask("act", Buffer.alloc(301, 0x20))), "too_large");
  assert.equal((await ask("act", Buffer.alloc(0)))?.status, "ok");
  await ask("act", "{");
  await ask("act", "{");
  assert.equal(answers.length, 5);
  assert.deepEqual(requests.figures(), {
    done: 1,
    ignored: { retained: 0, expired: 0, too_many: 0 },
    refused: { not_allowed: 1, too_large: 1, bad_request: 2 },
  });
});

test("createRequests() keeps a part for every command: a flood of one, or of names nobody knows, starves no other", async () => {
  const { ask, requests, acted, clock } = open({ rate: { burst: 20, perSecond: 10 } });
  for (let count = 0; count < 1000; count += 1) {
    await ask("refuse", {});
    await ask(`nonsense${count}`, {});
  }
  const { ignored, refused } = requests.figures();
  assert.ok(ignored.too_many > 1900);
  assert.ok((refused.not_now ?? 0) + (refused.unknown_command ?? 0) <= 20);
  assert.equal((await ask("act", {}))?.status, "ok");
  assert.equal(acted.length, 1);
  await clock.advance(60_000);
  for (let count = 0; count < 1000; count += 1) await ask("refuse", {});
  await ask("act", {});
  assert.equal(acted.length, 2);
});

test("no bytes and no JSON value make a real command act that does not name its action, and each is answered", async () => {
  const { hands, calls } = createFakeHands();
  const commands = createCommands(hands);
  const { ask, answers, clock } = open({ commands });
  // What acts without parameters, by design.
  const bare = new Set(["sync", "restart"]);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...commandNames.filter((name) => !bare.has(name))),
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.json(),
        fc.dictionary(fc.constantFrom("action", "session", "camera", "set", "transaction"), fc.jsonValue()),
      ),
      async (name, body) => {
        const count = answers.length;
        await clock.advance(1000);
        await ask(name, body);
        assert.equal(answers.length, count + 1);
      },
    ),
    { numRuns: 500 },
  );
  assert.deepEqual(calls, []);
});

test("createRequests() never keeps a stop waiting: not for other requests, and not for the memory", async () => {
  const stopped: unknown[] = [];
  const urgent: Command = {
    ...command("drive", async (parameters) => void stopped.push(parameters)),
    schema: z.strictObject({ action: z.enum(["stop", "model"]) }),
    urgent: ["stop"],
  };
  const seen: SeenRequests = { ...createSeenRequests(), remember: () => new Promise(() => undefined) };
  const { ask } = open({
    commands: [urgent, command("hang", () => new Promise(() => undefined))],
    maxRunning: 1,
    seen,
  });
  void ask("hang", {});
  assert.equal(codeOf(await ask("drive", { action: "model" })), "busy");
  for (let n = 1; n <= 2; n += 1) {
    assert.equal((await ask("drive", { action: "stop", transaction: "s" }))?.status, "ok");
    assert.equal(stopped.length, n);
  }
});

test("the table's stops are urgent: what stops a car is done each time it is asked for", () => {
  const drive = createCommands(createFakeHands().hands).find(({ name }) => name === "drive");
  assert.deepEqual(drive?.urgent, ["stop", "pause", "stick", "release"]);
});
