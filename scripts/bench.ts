// Measures how fast and how safe the program is on this machine, each figure against a baseline in the same run.
//   npx outrider bench replay --tub tub --bucket folder: --index local:
import { resolve } from "node:path";
import { Command } from "commander";
import { addAnnotationBench } from "./bench-annotation.ts";
import { addAutopilotBench } from "./bench-autopilot.ts";
import { addFaultBenches } from "./bench-faults.ts";
import { addImportBench } from "./bench-import.ts";
import type { VerbContext } from "./cli.ts";
import { type BenchOptions as Common, measure, ourselves } from "./measure.ts";
import { numberWithin, wholeNumber, wholeNumbers } from "./options.ts";

export function createBenchCommand(context: VerbContext): Command {
  const bench = new Command("bench");
  const add = (name: string, about: string): Command =>
    bench
      .command(name)
      .description(about)
      .option("--json", "one JSON line on stdout instead of text")
      .option("--work <dir>", "work folder (default: a temporary one, deleted afterwards)");

  add(
    "replay",
    "a donkeycar tub through camera, gamepad, store, bucket, index, search and download, compared byte for byte",
  )
    .requiredOption("--tub <dir>", "folder of a donkeycar tub (v2)")
    .option("-b, --bucket <address>", "folder:DIR or s3://NAME", "folder:")
    .option("-i, --index <address>", "local:DIR or http(s)://HOST:PORT/INDEX", "local:")
    .option("--endpoint <url>", "S3 server other than AWS")
    .option("--speed <factor>", "times the recorded pace", numberWithin(0.1, 50), 1)
    .action(
      async (
        options: Common & { tub: string; bucket: string; index: string; endpoint?: string; speed: number },
      ) => {
        const { describeReplayProof, proveReplay } = await import("../agent/bench/replay.ts");
        await measure(context, options, async (deps) => {
          const proof = await proveReplay({
            ...deps,
            ...options,
            work: deps.work,
            tub: resolve(options.tub),
            endpoint: options.endpoint ?? context.env.AWS_ENDPOINT_URL ?? null,
          });
          if (proof.problems.length > 0) context.exit(1);
          return [proof, describeReplayProof(proof)];
        });
      },
    );

  add("camera", "a fast simulated camera recorded: lost frames, processor, memory")
    .option("--seconds <n>", "how long", numberWithin(1, 86_400), 60)
    .option("--fps <n>", "frames a second", numberWithin(1, 240), 60)
    .option("--width <px>", "picture width", wholeNumber(16, 4096), 640)
    .option("--height <px>", "picture height", wholeNumber(16, 4096), 480)
    .action(async (options: Common & { seconds: number; fps: number; width: number; height: number }) => {
      const { describeCameraBench, runCameraBench } = await import("../agent/bench/camera.ts");
      await measure(context, options, async (deps) => {
        const result = await runCameraBench({ ...options, ...deps });
        return [result, describeCameraBench(result)];
      });
    });

  add("record", "durable frames a second: the store against files written the crash-safe way, in turns")
    .option("--frames <n>", "frames a round", wholeNumber(1, 1_000_000), 2000)
    .option("--bytes <n>", "bytes of each", wholeNumber(1, 50_000_000), 50_000)
    .option("--rounds <n>", "rounds of each, in turns", wholeNumber(1, 100), 5)
    .action(async (options: Common & { frames: number; bytes: number; rounds: number }) => {
      const { describeRecordBench, runRecordBench } = await import("../agent/bench/record.ts");
      await measure(context, options, async (deps) => {
        const result = await runRecordBench({ ...options, ...deps });
        return [result, describeRecordBench(result)];
      });
    });

  add("crash", "kill -9 at random moments of a recording; what was acknowledged must be there, whole")
    .option("--rounds <n>", "kills", wholeNumber(1, 100_000), 300)
    .option("--fps <n>", "frames a second", numberWithin(1, 240), 30)
    .option("--bytes <n>", "bytes of a frame", wholeNumber(1, 50_000_000), 50_000)
    .option("--max-run-ms <n>", "the latest kill of a round", wholeNumber(10, 60_000), 2000)
    .action(async (options: Common & { rounds: number; fps: number; bytes: number; maxRunMs: number }) => {
      const { describeCrashBench, runCrashBench } = await import("../agent/bench/crash.ts");
      await measure(context, options, async (deps) => {
        const result = await runCrashBench({ ...options, ...deps, program: ourselves() });
        return [result, describeCrashBench(result)];
      });
    });

  // What `bench crash` starts and kills: the program itself, so that it is found in the built one, too.
  bench
    .command("crash-child", { hidden: true })
    .argument("<dir>")
    .argument("<fps>", "", numberWithin(1, 240))
    .argument("<first>", "", wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .argument("<bytes>", "", wholeNumber(1, 50_000_000))
    .action(async (directory: string, fps: number, first: number, bytes: number) => {
      const { runCrashChild } = await import("../agent/bench/crash-child.ts");
      await runCrashChild({ directory, fps, first, bytes });
    });

  add(
    "damage",
    "data files with flipped bits, lost pages, cut off, torn: do they open by themselves, and with what",
  )
    .option("--seeds <n>", "damaged stores", wholeNumber(1, 100_000), 300)
    .option("--seed <n>", "the first of them", wholeNumber(0, 4_294_967_295), 1)
    .option("--frames <n>", "frames of each store", wholeNumber(10, 100_000), 200)
    .action(async (options: Common & { seeds: number; seed: number; frames: number }) => {
      const { describeDamageBench, runDamageBench } = await import("../agent/bench/damage.ts");
      await measure(context, options, async (deps) => {
        const result = await runDamageBench({ ...options, ...deps, program: ourselves() });
        if (result.problems.length > 0) context.exit(1);
        return [result, describeDamageBench(result)];
      });
    });
  bench
    .command("damage-child", { hidden: true })
    .argument("<dir>")
    .action(async (directory: string) => {
      const { runDamageChild } = await import("../agent/bench/damage-child.ts");
      await runDamageChild(directory);
    });

  add(
    "fail-safe",
    "a program that drives killed, stopped, stalled, unplugged, cut off: how soon its car stands",
  )
    .option("--rounds <n>", "of each fault", wholeNumber(1, 10_000), 200)
    .option("--seed <n>", "of the moments", wholeNumber(0, 4_294_967_295), 1)
    .option("--only <faults...>", "some of the faults, by name")
    .action(async (options: Common & { rounds: number; seed: number; only?: string[] }) => {
      const { describeFailSafeBench, runFailSafeBench } = await import("../agent/bench/fail-safe.ts");
      await measure(context, options, async (deps) => {
        const only = options.only ?? [];
        const result = await runFailSafeBench({ ...options, ...deps, only, program: ourselves() });
        if (result.problems.length > 0) context.exit(1);
        return [result, describeFailSafeBench(result)];
      });
    });

  // What `bench fail-safe` starts and makes fail.
  bench
    .command("fail-safe-child", { hidden: true })
    .argument("<dir>")
    .action(async (directory: string) => {
      const { runFailSafeChild } = await import("../agent/bench/fail-safe-child.ts");
      await runFailSafeChild({ directory, stdin: context.stdin, signal: context.signal });
    });

  add("soak", "the store alone at a camera's pace for a while: whether memory stays flat")
    .option("--seconds <n>", "how long", numberWithin(1, 1_000_000), 60)
    .option("--fps <n>", "frames a second", numberWithin(1, 240), 60)
    .option("--bytes <n>", "bytes of a frame", wholeNumber(1, 50_000_000), 30_000)
    .option("--deliver", "read each picture back as an upload does")
    .action(async (options: Common & { seconds: number; fps: number; bytes: number; deliver?: boolean }) => {
      const { describeSoakBench, runSoakBench } = await import("../agent/bench/soak.ts");
      await measure(context, options, async (deps) => {
        const result = await runSoakBench({ ...options, ...deps, deliver: options.deliver ?? false });
        return [result, describeSoakBench(result)];
      });
    });

  add(
    "queue",
    "a long queue of events: memory while it waits, pace and order as it goes out to a real broker",
  )
    .option("--events <n>", "events", wholeNumber(1000, 10_000_000), 1_000_000)
    .option("--broker <url>", "mqtt://HOST:PORT (default: a Mosquitto of its own)")
    .action(async (options: Common & { events: number; broker?: string }) => {
      const { describeQueueBench, runQueueBench } = await import("../agent/bench/queue.ts");
      await measure(context, options, async (deps) => {
        const broker = options.broker ?? null;
        const result = await runQueueBench({ ...options, ...deps, broker, program: ourselves() });
        if (result.problems.length > 0) context.exit(1);
        return [result, describeQueueBench(result)];
      });
    });

  // Who listens to `bench queue`, in a process of its own.
  bench
    .command("queue-listener", { hidden: true })
    .argument("<broker>")
    .argument("<filter>")
    .argument("<events>", "", wholeNumber(1, 10_000_000))
    .action(async (broker: string, filter: string, events: number) => {
      const { runQueueListener } = await import("../agent/bench/queue-listener.ts");
      await runQueueListener(broker, filter, events);
    });

  for (const scene of ["reserve", "ridge"] as const)
    add(
      scene,
      scene === "reserve"
        ? "a simulated reserve watched with the real models: boxes, walks, who it was, against the truth; frames lost"
        : "a simulated ridge watched with the real models: plumes found, clouds and haze not taken for smoke",
    )
      .option("--minutes <n>", "simulated minutes", numberWithin(0.2, 1440), 10)
      .option("--seed <n>", "of the scene", wholeNumber(0, 4_294_967_295), 1)
      .option("--fps <n>", "frames a second", numberWithin(1, 30), scene === "reserve" ? 5 : 2)
      .option("--detector <id>", "a model of `outrider models list`", "post-v1")
      .action(async (options: Common & { minutes: number; seed: number; fps: number; detector: string }) => {
        const { describeWatchBench, runWatchBench } = await import("../agent/bench/watch.ts");
        await measure(context, options, async (deps) => {
          const result = await runWatchBench({ ...options, ...deps, scene });
          return [result, describeWatchBench(result)];
        });
      });

  add("search", "the local label index: two-condition queries over many labels")
    .option("--labels <n>", "labels", wholeNumber(100, 10_000_000), 100_000)
    .option("--rounds <n>", "times each query is asked", wholeNumber(1, 1000), 15)
    .action(async (options: Common & { labels: number; rounds: number }) => {
      const { runSearchBench } = await import("../agent/bench/search.ts");
      await measure(context, options, async (deps) => {
        const lines: string[] = [];
        const result = await runSearchBench({
          ...deps,
          ...options,
          directory: deps.work,
          print: (line) => lines.push(line),
        });
        return [result, lines.slice(1).join("\n")];
      });
    });

  add("near-duplicates", "perceptual hashes: queries among many, and copies of real pictures recognised")
    .option("--hashes <n>", "the largest number of hashes searched", wholeNumber(100, 10_000_000), 1_000_000)
    .option("--rounds <n>", "times each query is asked", wholeNumber(1, 100_000), 100)
    .option("--pictures <dir>", "folder of pictures to make copies of")
    .action(async (options: Common & { hashes: number; rounds: number; pictures?: string }) => {
      const { describeNearDuplicateBench, runNearDuplicateBench } = await import(
        "../agent/bench/near-duplicates.ts"
      );
      await measure(context, options, async (deps) => {
        const pictures = options.pictures === undefined ? null : resolve(options.pictures);
        const result = await runNearDuplicateBench({ ...options, ...deps, pictures });
        return [result, describeNearDuplicateBench(result)];
      });
    });

  add("gallery", "who is this, asked of galleries of growing size: time, memory, how long others wait")
    .option("--sizes <n...>", "sightings of each", wholeNumbers(1, 10_000_000))
    .option("--dimensions <n>", "numbers in a vector", wholeNumber(1, 8192), 512)
    .option("--per-individual <n>", "sightings of one individual", wholeNumber(1, 100_000), 10)
    .option("--rounds <n>", "searches of each kind", wholeNumber(1, 1000), 15)
    .action(
      async (
        options: Common & { sizes?: number[]; dimensions: number; perIndividual: number; rounds: number },
      ) => {
        const { describeGalleryBench, runGalleryBench } = await import("../agent/bench/gallery.ts");
        await measure(context, options, async (deps) => {
          const sizes = options.sizes ?? [1000, 10_000, 100_000];
          const result = await runGalleryBench({ ...deps, ...options, sizes });
          return [result, describeGalleryBench(result)];
        });
      },
    );

  add("ingest", "a data set of generated pictures ingested, and ingested again with nothing changed")
    .option("--pictures <n>", "pictures", wholeNumber(10, 1_000_000), 2000)
    .option("--size <px>", "their edge", wholeNumber(16, 4096), 256)
    .action(async (options: Common & { pictures: number; size: number }) => {
      const { describeIngestBench, runIngestBench } = await import("../agent/bench/ingest.ts");
      await measure(context, options, async (deps) => {
        const result = await runIngestBench({ ...options, ...deps });
        return [result, describeIngestBench(result)];
      });
    });

  add(
    "identify",
    "a data set in the layout of ATRW ingested, embedded, and asked about known and unknown animals",
  )
    .option("--frames <n>", "pictures of the simulated reserve it is cut from", wholeNumber(20, 100_000), 300)
    .option("--animals <n>", "animals that live there", wholeNumber(3, 60), 12)
    .option("--seed <n>", "which reserve", wholeNumber(0, 2 ** 31), 5)
    .action(async (options: Common & { frames: number; animals: number; seed: number }) => {
      const { describeIdentifyBench, runIdentifyBench } = await import("../agent/bench/identify.ts");
      await measure(context, options, async (deps) => {
        const result = await runIdentifyBench({ ...options, ...deps });
        return [result, describeIdentifyBench(result)];
      });
    });

  add("sync", "the outbox to an S3 server against a bare client-s3 loop of the same concurrency")
    .requiredOption("-b, --bucket <address>", "s3://NAME")
    .requiredOption("--endpoint <url>", "the S3 server")
    .option("--region <name>", "its region", "us-east-1")
    .option("--frames <n>", "objects a round", wholeNumber(1, 1_000_000), 600)
    .option("--bytes <n>", "bytes of each", wholeNumber(1, 50_000_000), 50_000)
    .option("--concurrency <n>", "puts in flight", wholeNumber(1, 64), 8)
    .option("--rounds <n>", "rounds of each, in turns", wholeNumber(1, 100), 5)
    .action(
      async (
        options: Common & {
          bucket: string;
          endpoint: string;
          region: string;
          frames: number;
          bytes: number;
          concurrency: number;
          rounds: number;
        },
      ) => {
        const { describeSyncBench, runSyncBench } = await import("../agent/bench/sync.ts");
        await measure(context, options, async (deps) => {
          const result = await runSyncBench({ ...options, ...deps });
          return [result, describeSyncBench(result)];
        });
      },
    );

  add("backlog", "a backlog to a real S3 server over a link that is cut every 1–5 s: what is sent twice")
    .option("-b, --bucket <address>", "s3://NAME, which has to be there", "s3://outrider-bench")
    .option("--endpoint <url>", "the S3 server (default: AWS_ENDPOINT_URL)")
    .option("--region <name>", "its region", "us-east-1")
    .option("--megabytes <n>", "size of the backlog", numberWithin(0.1, 1_000_000), 1000)
    .option("--bytes <n>", "bytes of a frame", wholeNumber(1, 50_000_000), 50_000)
    .option("--shards", "pack small pictures")
    .option("--no-cuts", "leave the link alone")
    .option(
      "--refuse <share>",
      "instead of cuts: that share of the requests is answered with 503",
      numberWithin(0, 0.9),
    )
    .option("--seed <n>", "of the cuts", wholeNumber(0, 2 ** 31), 1)
    .action(
      async (
        options: Common & {
          bucket: string;
          endpoint?: string;
          region: string;
          megabytes: number;
          bytes: number;
          shards?: boolean;
          cuts: boolean;
          refuse?: number;
          seed: number;
        },
      ) => {
        const { describeBacklogBench, runBacklogBench } = await import("../agent/bench/backlog.ts");
        const { describeRefusedBacklog, runRefusedBacklog } = await import(
          "../agent/bench/backlog-refused.ts"
        );
        const endpoint = options.endpoint ?? context.env.AWS_ENDPOINT_URL ?? null;
        await measure(context, options, async (deps) => {
          const { refuse = null, shards = false } = options;
          const given = { ...options, ...deps, endpoint, shards, refuse };
          const result =
            refuse === null ? await runBacklogBench(given) : await runRefusedBacklog({ ...given, refuse });
          if (result.problems.length > 0) context.exit(1);
          const text = "goodput" in result ? describeRefusedBacklog(result) : describeBacklogBench(result);
          return [result, text];
        });
      },
    );

  add("restarts", "sync killed in the middle again and again; in the end everything is there once")
    .option("-b, --bucket <address>", "folder:DIR or s3://NAME", "folder:")
    .option("-i, --index <address>", "local:DIR or http(s)://HOST:PORT/INDEX", "local:")
    .option("--endpoint <url>", "S3 server other than AWS")
    .option("--frames <n>", "frames to send", wholeNumber(1, 1_000_000), 5000)
    .option("--bytes <n>", "bytes of each", wholeNumber(1, 50_000_000), 20_000)
    .option("--kills <n>", "kills", wholeNumber(1, 1000), 50)
    .option("--shards", "pack them in shards that go in parts")
    .action(
      async (
        options: Common & {
          bucket: string;
          index: string;
          endpoint?: string;
          frames: number;
          bytes: number;
          kills: number;
          shards?: boolean;
        },
      ) => {
        const { describeRestartBench, runRestartBench } = await import("../agent/bench/restarts.ts");
        await measure(context, options, async (deps) => {
          const result = await runRestartBench({
            ...options,
            ...deps,
            shards: options.shards ?? false,
            endpoint: options.endpoint ?? context.env.AWS_ENDPOINT_URL ?? null,
            program: ourselves(),
          });
          if (result.problems.length > 0) context.exit(1);
          return [result, describeRestartBench(result)];
        });
      },
    );

  add(
    "remote-drive",
    "the car driven from afar through a real Mosquitto: link cut in mid-corner, car stops, link back, armed again, session uploaded, no frame missing",
  )
    .option("--broker <url>", "mqtt://HOST[:1883] (default: a Mosquitto of its own)")
    .option("--seed <n>", "of the track", wholeNumber(0, 4_294_967_295), 1)
    .option("-b, --bucket <address>", "folder:DIR or s3://NAME", "folder:")
    .option("-i, --index <address>", "local:DIR or http(s)://HOST:PORT/INDEX", "local:")
    .option("--endpoint <url>", "S3 server other than AWS")
    .action(
      async (
        options: Common & { broker?: string; seed: number; bucket: string; index: string; endpoint?: string },
      ) => {
        const { describeRemoteDrive, proveRemoteDrive } = await import("../agent/bench/remote-drive.ts");
        await measure(context, options, async (deps) => {
          const proof = await proveRemoteDrive({
            ...options,
            ...deps,
            broker: options.broker ?? null,
            endpoint: options.endpoint ?? context.env.AWS_ENDPOINT_URL ?? null,
            program: ourselves(),
            say: (text) => context.stderr.write(`${text}\n`),
          });
          if (!proof.ok) context.exit(1);
          return [proof, describeRemoteDrive(proof)];
        });
      },
    );

  addAnnotationBench(add, context);
  addAutopilotBench(add, context);
  addFaultBenches(bench, add, context);
  addImportBench(bench, add, context);
  return bench;
}
