// The worker that runs models: what it answers, and that neither a bad model, a crash nor a hang in it stops anything else.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Worker } from "node:worker_threads";
import { createSystemClock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import { silentLog } from "../../device/log.ts";
import { type CreateVisionOptions, createVision } from "../../models/create-vision.ts";
import { hashPicture } from "../../models/hashes/hash-picture.ts";
import { startSessionThread } from "../../models/session.ts";
import { ModelError, type Vision } from "../../models/vision.ts";
import { eventually } from "../fakes/eventually.ts";
import {
  boxesModel,
  fixtureFolder,
  flatPicture,
  halvesModel,
  modelOf,
  slowModel,
} from "../fakes/fixture-models.ts";
import { syntheticPicture } from "../fakes/synthetic-pictures.ts";

const folder = mkdtempSync(join(tmpdir(), "outrider-vision-"));
after(() => rmSync(folder, { recursive: true }));
const { signal } = new AbortController();
const system = createSystemClock();
const whole = { left: 0, top: 0, right: 1, bottom: 1 };
const grey = flatPicture(32, 32, [128, 128, 128]);
const white = flatPicture(8, 8, [255, 255, 255]);

async function withVision(
  run: (vision: Vision) => Promise<void>,
  options: Partial<CreateVisionOptions> = {},
) {
  const vision = createVision({ log: silentLog, threads: 1, timeoutMs: 20_000, ...options });
  try {
    await run(vision);
  } finally {
    await vision.close();
  }
}

/** A thread that dies as soon as it is asked anything. */
const startDyingThread = (): Worker =>
  new Worker(
    `require("node:worker_threads").parentPort.on("message", () => { throw new Error("out of luck"); })`,
    {
      eval: true,
      execArgv: [],
    },
  );

test("openDetector() finds suppressed boxes, best first, on the picture and not on the model's input", async () => {
  await withVision(async (vision) => {
    const detector = await vision.openDetector(boxesModel());
    // Twice as wide as high: bars above and below, which are darker than the picture.
    const found = await detector.detect(flatPicture(64, 32, [255, 255, 255]), { signal });
    assert.deepEqual(
      found.map(({ className }) => className),
      ["cat", "dog"],
    );
    assert.ok(found[0]!.confidence > found[1]!.confidence);
    // 8..24 x 12..20 of 32x32, where the picture fills rows 8..24.
    assert.deepEqual(found[0]!.box, { left: 0.25, top: 0.25, right: 0.75, bottom: 0.75 });
    assert.deepEqual(await detector.detect(grey, { signal, score: 0.95 }), []);
  });
});

test("openEmbedder() describes each box by a unit vector, in order", async () => {
  await withVision(async (vision) => {
    for (const model of [halvesModel(), halvesModel({ one: true })]) {
      const describer = await vision.openEmbedder(model);
      assert.equal(describer.size, 6);
      const red = flatPicture(64, 48, [200, 0, 0]);
      const boxes = Array.from({ length: 11 }, (_, n) => ({ ...whole, left: n / 20 }));
      const vectors = await describer.describe(red, boxes, { signal });
      assert.equal(vectors.length, 11);
      for (const vector of vectors) {
        assert.ok(Math.abs(vector[0]! - Math.SQRT1_2) < 1e-6 && Math.abs(vector[1]! - Math.SQRT1_2) < 1e-6);
        assert.deepEqual([...vector.subarray(2)], [0, 0, 0, 0]);
      }
      assert.deepEqual(await describer.describe(red, [], { signal }), []);
    }
  });
});

test("openEmbedder() averages a crop with its mirror image where the manifest says so", async () => {
  await withVision(async (vision) => {
    const pixels = new Uint8Array(8 * 8 * 3);
    for (let y = 0; y < 8; y++) for (let x = 0; x < 4; x++) pixels[(y * 8 + x) * 3] = 255;
    const picture = { width: 8, height: 8, pixels };
    const embedding = { output: "embedding", size: 6 };
    const plain = await vision.openEmbedder(halvesModel());
    assert.deepEqual([...(await plain.describe(picture, [whole], { signal }))[0]!.subarray(0, 2)], [1, 0]);
    for (const one of [false, true]) {
      const model = halvesModel({ one, embedding: { ...embedding, flip: true } });
      const flipping = await vision.openEmbedder(model);
      assert.notEqual(flipping.space, plain.space);
      const [vector] = await flipping.describe(picture, [whole, whole], { signal });
      assert.ok(Math.abs(vector![0]! - Math.SQRT1_2) < 1e-6 && Math.abs(vector![1]! - Math.SQRT1_2) < 1e-6);
    }
  });
});

test("openHistogram() needs no model; like colours are near, others far", async () => {
  await withVision(async (vision) => {
    const describer = await vision.openHistogram();
    const colours = [
      [180, 90, 40],
      [170, 86, 39],
      [40, 90, 180],
    ] as const;
    const vectors = await Promise.all(
      colours.map(
        async (colour) => (await describer.describe(flatPicture(40, 30, colour), [whole], { signal }))[0]!,
      ),
    );
    const likeness = (a: Float32Array, b: Float32Array): number =>
      a.reduce((sum, value, at) => sum + value * b[at]!, 0);
    assert.ok(Math.abs(likeness(vectors[0]!, vectors[0]!) - 1) < 1e-6);
    assert.ok(likeness(vectors[0]!, vectors[1]!) > 0.8);
    assert.ok(likeness(vectors[0]!, vectors[2]!) < 0.1);
    assert.equal(vectors[0]!.length, describer.size);
  });
});

test("open…() refuses what is no usable model, naming file, expected and found, and goes on", async () => {
  const noModel = join(folder, "text.onnx");
  writeFileSync(noModel, "this is not a graph");
  const at = (name: string): string => join(fixtureFolder, name);
  const input = { name: "image", width: 8, height: 8, resize: "stretch" } as const;
  const embedding = { output: "embedding", size: 6 };
  await withVision(async (vision) => {
    const refusals: [() => Promise<unknown>, RegExp][] = [
      [
        () => vision.openEmbedder(modelOf(noModel, { input, embedding })),
        /text\.onnx: not a model that can be run here: .+/,
      ],
      [
        () => vision.openEmbedder(modelOf(at("unknown-operator.onnx"), { input, embedding })),
        /unknown-operator\.onnx: not a model .*NoSuchOperator/,
      ],
      [
        () => vision.openEmbedder(halvesModel({ sha256: "0".repeat(64) })),
        /halves\.onnx: Expected sha256 0{64}, got [0-9a-f]{64}/,
      ],
      [
        () => vision.openEmbedder({ ...halvesModel(), file: join(folder, "nowhere.onnx") }),
        /nowhere\.onnx: cannot be read: ENOENT/,
      ],
      [
        () => vision.openEmbedder(halvesModel({ input: { ...input, width: 16 } })),
        /Expected input "image" to take \[1, 3, 8, 16\], got \[n, 3, 8, 8\]/,
      ],
      [
        () => vision.openEmbedder(halvesModel({ input: { ...input, name: "picture" } })),
        /Expected an input "picture", got image/,
      ],
      [
        () => vision.openEmbedder(halvesModel({ input: { ...input, type: "uint8" } })),
        /Expected input "image" to be uint8, got float32/,
      ],
      [
        () => vision.openEmbedder(halvesModel({ embedding: { output: "embedding", size: 7 } })),
        /Expected output "embedding" to hold 7 numbers, got \[n, 6\]/,
      ],
      [
        () => vision.openEmbedder(halvesModel({ embedding: { output: "vector", size: 6 } })),
        /Expected an output "vector", got embedding/,
      ],
      [() => vision.openDetector(boxesModel({ family: "detr" })), /detr/],
      [() => vision.openDetector(halvesModel()), /Expected a model that can detect, got one that can embed/],
      [() => vision.openEmbedder(boxesModel()), /Expected a model that can embed, got one that can detect/],
    ];
    for (const [refused, message] of refusals)
      await assert.rejects(
        refused(),
        (error: Error) => error instanceof ModelError && message.test(error.message),
      );
    assert.equal(vision.status().restarts, 0);
    const detector = await vision.openDetector(boxesModel());
    assert.equal((await detector.detect(white, { signal })).length, 2);
  });
});

test("a crash of the worker refuses what was asked, is reported, and the next picture is served by another", async () => {
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (_fields, message) => warnings.push(message) };
  let threads = 0;
  const startThread: CreateVisionOptions["startThread"] = (settings) => {
    threads += 1;
    return threads === 1 ? startDyingThread() : startSessionThread(settings);
  };
  await withVision(
    async (vision) => {
      await assert.rejects(
        vision.openDetector(boxesModel()),
        (error: Error) =>
          error instanceof ModelError &&
          /boxes: no answer, as the worker crashed: out of luck/.test(error.message),
      );
      await eventually("another worker", () => threads === 2);
      const { restarts, problem } = vision.status();
      assert.deepEqual([restarts, problem], [1, "the worker crashed: out of luck"]);
      const detector = await vision.openDetector(boxesModel());
      assert.equal((await detector.detect(white, { signal })).length, 2);
      assert.deepEqual([vision.status().state, vision.status().restarts], ["idle", 1]);
      assert.deepEqual(warnings, ["models: the worker crashed: out of luck; starting the worker again"]);
    },
    { log, startThread },
  );
});

test("hash() gives the hashes of the picture, made in the worker", async () => {
  await withVision(async (vision) => {
    const picture = syntheticPicture("grain", 200, 150, 4);
    assert.deepEqual(await vision.hash(picture, { signal }), hashPicture(picture));
    await assert.rejects(vision.hash(picture, { signal: AbortSignal.abort(new Error("enough")) }), /enough/);
  });
});

test("a worker that keeps crashing is started ever more slowly, and says that it failed", async () => {
  const waits: number[] = [];
  const clock: CreateVisionOptions["clock"] = {
    sleep: (ms, stop) => {
      // Patience with a question is never at its end here; waiting for a restart is.
      if (ms >= 5000)
        return new Promise((_, reject) => stop.addEventListener("abort", () => reject(stop.reason)));
      waits.push(ms);
      return Promise.resolve();
    },
  };
  await withVision(
    async (vision) => {
      const histogram = await vision.openHistogram();
      for (let n = 0; n < 4; n++)
        await assert.rejects(histogram.describe(grey, [whole], { signal }), /the worker crashed/);
      assert.deepEqual([vision.status().state, vision.status().restarts], ["failed", 4]);
      await eventually("the fourth restart", () => waits.length === 3);
      assert.deepEqual(waits, [500, 1000, 2000]);
    },
    { startThread: startDyingThread, clock },
  );
});

test("a run that hangs is given up in time, and its models are opened again elsewhere", async () => {
  // Patience with a run is at its end when the test says so; with the first only, however long the others take.
  const timeoutMs = 600;
  const ends = new AbortController();
  const clock: CreateVisionOptions["clock"] = {
    sleep: (ms, stop) => {
      if (ms !== timeoutMs || ends.signal.aborted) return system.sleep(ms === timeoutMs ? 60_000 : ms, stop);
      return new Promise((resolve, reject) => {
        ends.signal.addEventListener("abort", () => resolve());
        stop.addEventListener("abort", () => reject(stop.reason));
      });
    },
  };
  await withVision(
    async (vision) => {
      const slow = await vision.openEmbedder(slowModel());
      const detector = await vision.openDetector(boxesModel());
      const hanging = slow.describe(white, [whole], { signal });
      const behind = detector.detect(white, { signal });
      const both = Promise.all([
        assert.rejects(hanging, /slow: no answer, as the worker gave no answer about slow within 600 ms/),
        assert.rejects(behind, /boxes: no answer, as the worker gave no answer about slow/),
      ]);
      await eventually("a question in the worker", () => vision.status().state === "busy");
      ends.abort();
      await both;
      assert.equal((await detector.detect(white, { signal })).length, 2);
      assert.equal((await slow.describe(grey, [whole], { signal })).length, 1);
      assert.deepEqual([vision.status().state, vision.status().restarts], ["idle", 1]);
    },
    { timeoutMs, clock },
  );
});

test("workers that hang are not followed by others for ever", async () => {
  const threads: Worker[] = [];
  const startThread = (): Worker => {
    const deaf = new Worker(`require("node:worker_threads").parentPort.on("message", () => undefined)`, {
      eval: true,
      execArgv: [],
    });
    threads.push(deaf);
    return deaf;
  };
  // Patience is over at once; only closing takes its time.
  const clock: CreateVisionOptions["clock"] = { sleep: () => new Promise((wake) => setImmediate(wake)) };
  await withVision(
    async (vision) => {
      const histogram = await vision.openHistogram();
      const ask = (): Promise<unknown> => histogram.describe(grey, [whole], { signal });
      for (let n = 0; n < 3; n++) await assert.rejects(ask(), /gave no answer about colour histogram within/);
      await assert.rejects(ask(), /3 workers hang in models; no other is started before one of them ends/);
      assert.deepEqual([vision.status().state, threads.length], ["failed", 3]);
      await threads[0]!.terminate();
      await new Promise((settled) => setImmediate(settled));
      await assert.rejects(ask(), /gave no answer about/);
      assert.equal(threads.length, 4);
    },
    { startThread, clock },
  ).finally(() => Promise.all(threads.map((thread) => thread.terminate())));
});

test("an aborted question rejects at once with its reason, and is not asked if it still waited", async () => {
  await withVision(async (vision) => {
    const slow = await vision.openEmbedder(slowModel());
    const bright = flatPicture(8, 8, [231, 231, 231]);
    const running = slow.describe(bright, [whole], { signal });
    const stop = new AbortController();
    const given = [0, 1, 2].map(() => slow.describe(bright, [whole], { signal: stop.signal }));
    const settled = Promise.allSettled(given);
    stop.abort(new Error("not wanted any more"));
    for (const each of await settled)
      assert.match(String(each.status === "rejected" && each.reason), /not wanted/);
    assert.equal((await running).length, 1);
    await assert.rejects(
      slow.describe(bright, [whole], { signal: AbortSignal.abort(new Error("too late")) }),
      /too late/,
    );
  });
});

test("the main loop goes on while a model runs", async () => {
  await withVision(async (vision) => {
    const slow = await vision.openEmbedder(slowModel());
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 1);
    const startedAt = performance.now();
    // A few hundred milliseconds in one native call.
    await slow.describe(flatPicture(8, 8, [231, 231, 231]), [whole], { signal });
    clearInterval(timer);
    const tookMs = performance.now() - startedAt;
    // None or one where the call holds the loop; how many else depends on who gets the cores.
    assert.ok(ticks > 3, `${ticks} ticks of 1 ms in ${tookMs} ms`);
  });
});

test("close() may be called twice, lets a run end, and refuses what comes after", async () => {
  const vision = createVision({ log: silentLog, threads: 1, timeoutMs: 20_000 });
  const slow = await vision.openEmbedder(slowModel());
  const running = slow.describe(flatPicture(8, 8, [231, 231, 231]), [whole], { signal });
  const refused = assert.rejects(running, /slow: no answer, as the models were closed/);
  await Promise.all([vision.close(), vision.close(), refused]);
  await assert.rejects(slow.describe(grey, [whole], { signal }), /Expected open models, got closed ones/);
  await assert.rejects(vision.openDetector(boxesModel()), ModelError);
  await createVision({ log: silentLog, threads: 1, timeoutMs: 1000 }).close();
});
