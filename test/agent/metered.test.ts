import assert from "node:assert/strict";
import { test } from "node:test";
import { askNetworkManager, createMeteredWatch, saysMetered } from "../../agent/metered.ts";
import { createManualClock } from "../fakes/manual-clock.ts";

const device = (state: string, metered: string, gateway: string): string =>
  `GENERAL.STATE:${state}\nGENERAL.METERED:${metered}\nIP4.GATEWAY:${gateway}\nIP6.GATEWAY:`;
const phone = device("100 (connected)", "yes (guessed)", "192.168.43.1");
const cable = device("100 (connected)", "no (guessed)", "10.0.0.1");
const unplugged = device("30 (disconnected)", "unknown", "");
const loopback = device("100 (connected (externally))", "unknown", "");

test("saysMetered() is true when every way out costs money", () => {
  assert.equal(saysMetered([phone, unplugged, loopback].join("\n\n")), true);
  assert.equal(saysMetered([phone, cable].join("\n\n")), false, "the system takes the free one");
  assert.equal(saysMetered([unplugged, loopback].join("\n\n")), false);
  assert.equal(saysMetered(""), false);
  assert.equal(saysMetered(device("100 (connected)", "yes", "--")), false);
});

test("follow() asks again and again; where nobody can be asked, nothing costs money, and no answer takes none back", async (t) => {
  const clock = createManualClock();
  const stop = new AbortController();
  const answers: (string | Error)[] = [
    phone,
    cable,
    new Error("no nmcli"),
    phone,
    new Error("it took too long"),
  ];
  const watch = createMeteredWatch({
    clock,
    ask: async () => {
      const answer = answers.shift() ?? cable;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  const following = watch.follow(stop.signal);
  t.after(async () => {
    stop.abort();
    await following;
  });
  await clock.advance(0);
  assert.equal(watch.isMetered(), true);
  await clock.advance(15_000);
  assert.equal(watch.isMetered(), false);
  await clock.advance(15_000);
  assert.equal(watch.isMetered(), false);
  await clock.advance(120_000);
  assert.equal(watch.isMetered(), true);
  await clock.advance(15_000);
  assert.equal(watch.isMetered(), true);
});

test("follow() starts no process for an answer that nobody wants", async (t) => {
  const clock = createManualClock();
  const stop = new AbortController();
  let isWanted = false;
  let asked = 0;
  const watch = createMeteredWatch({
    clock,
    isWanted: () => isWanted,
    ask: async () => {
      asked += 1;
      return phone;
    },
  });
  const following = watch.follow(stop.signal);
  t.after(async () => {
    stop.abort();
    await following;
  });
  await clock.advance(60_000);
  assert.deepEqual([asked, watch.isMetered()], [0, false]);
  isWanted = true;
  await clock.advance(15_000);
  assert.deepEqual([asked, watch.isMetered()], [1, true]);
});

test("askNetworkManager() that is stopped at once signals nobody, also where there is no nmcli", async () => {
  let signals = 0;
  const count = (): void => {
    signals += 1;
  };
  process.on("SIGTERM", count);
  const stop = new AbortController();
  const asking = askNetworkManager(stop.signal);
  stop.abort(new Error("stopped"));
  await assert.rejects(asking);
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.off("SIGTERM", count);
  assert.equal(signals, 0);
});
