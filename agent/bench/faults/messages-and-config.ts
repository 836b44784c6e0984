// F16 and F19: nonsense over MQTT, and configurations that were cut off while they were written or changed from afar.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { lastGoodFile } from "../../config-last-good.ts";
import { createTopics } from "../../remote/topics.ts";
import { nonsense } from "../flood-child.ts";
import type { Fault } from "./fault.ts";
import { rigTopicBase } from "./rig.ts";

const burst = 300;
const recoveryLimitMs = 60_000;
const provedLimitMs = 120_000;

export const messagesOfNonsense: Fault = {
  name: "F16",
  about: `${burst} messages of nonsense at once: wrong types, deep, huge, not UTF-8, retained, old`,
  needs: [],
  share: 3,
  perRig: 40,
  play: async (rig, { rounds, random, played }) => {
    const topics = createTopics(rigTopicBase, rig.device);
    rig.start();
    await rig.firstFrame();
    for (let round = 0; round < rounds; round += 1) {
      for (let n = 0; n < burst; n += 1) {
        const { topic, payload } = nonsense(topics, random);
        await rig.witness.publish(topic, payload);
      }
      const atNs = Number(process.hrtime.bigint());
      const before = rig.framesStored();
      await rig.until("frames beside nonsense", recoveryLimitMs, () => rig.framesStored() > before + 1);
      await rig.until(
        "a word beside nonsense",
        recoveryLimitMs,
        () => (rig.witness.newestWordNs() ?? 0) > atNs,
      );
      played({ hits: burst, recoveryMs: (Number(process.hrtime.bigint()) - atNs) / 1e6 });
    }
  },
};

export const configCutOff: Fault = {
  name: "F19",
  about: "the configuration file cut off at any byte, or a change from afar killed at any moment",
  needs: [],
  share: 2,
  perRig: 20,
  play: async (rig, { rounds, random, signal, played }) => {
    const file = join(rig.folder, "outrider.yaml");
    const topic = `${createTopics(rigTopicBase, rig.device).root}/request/config`;
    rig.start();
    await rig.firstFrame();
    await rig.until("the configuration to prove itself", provedLimitMs, () =>
      existsSync(lastGoodFile(rig.data)),
    );
    const whole = readFileSync(file);
    for (let round = 0; round < rounds; round += 1) {
      const isCut = random() < 0.5;
      if (!isCut) {
        const set = { "log.level": random() < 0.5 ? "warn" : "error" };
        await rig.witness.publish(topic, JSON.stringify({ action: "set", set, transaction: `set-${round}` }));
        await delay(random() * 300, undefined, { signal });
      }
      await rig.kill();
      if (isCut) writeFileSync(file, cutOff(whole, Math.floor(random() * whole.length)));
      rig.start({ keepConfig: true });
      played({ hits: 1, recoveryMs: await rig.firstFrame() });
      writeFileSync(file, whole);
    }
  },
};

/** As a power cut leaves a file that was being written: its length is there, the rest of its bytes are not. */
function cutOff(whole: Buffer, at: number): Buffer {
  return Buffer.concat([whole.subarray(0, at), Buffer.alloc(whole.length - at)]);
}
