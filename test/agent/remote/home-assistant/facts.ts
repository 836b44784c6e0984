// A device with everything: what the golden message and the check against Home Assistant are made from.
import type { DiscoveryFacts } from "../../../../agent/remote/home-assistant/discovery.ts";
import { createTopics } from "../../../../agent/remote/topics.ts";

export const fullFacts: DiscoveryFacts = {
  device: "car",
  version: "0.1.0",
  topics: createTopics("outrider", "car"),
  cameras: [
    { id: "front", record: true, watch: false },
    { id: "mast-1", record: false, watch: true },
  ],
  moves: true,
  commands: ["status", "record", "sync", "drive", "restart", "help"],
  healthEveryMs: 30_000,
};

/** Words of such a device, by topic. */
export const states: Readonly<Record<string, object>> = {
  "outrider/car/health": {
    ok: false,
    problems: [{ part: "store", message: "stuck" }],
    problem: null,
    ages: { newestPicture: 0.1, newestFrame: 2.5, commit: null, acknowledgement: 12 },
    queue: { "s3:x": { alert: 1, telemetry: 2, labelled: 30, unlabelled: 0 }, "mqtt:y": { alert: 4 } },
    disk: { freeBytes: 81_234_567_890, hoursLeft: null },
    temperatureC: 48.3,
  },
  "outrider/car/record/state": { state: "recording" },
  "outrider/car/drive/state": { driver: null, armed: false },
  "outrider/car/camera/front/status": { state: "online" },
  "outrider/car/camera/mast-1/status": { state: "stalled", watch: { openSequences: 2 } },
};
