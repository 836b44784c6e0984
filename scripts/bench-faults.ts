// The benches that break things on purpose, and the processes they start.
//   npx outrider bench faults --rounds 200 --seed 1 --mqtt mqtt://127.0.0.1:1883 --bucket s3://NAME --endpoint URL --index URL
import type { Command } from "commander";
import { createLog } from "../agent/log.ts";
import type { VerbContext } from "./cli.ts";
import { type BenchOptions, measure, ourselves } from "./measure.ts";
import { wholeNumber } from "./options.ts";

type FaultOptions = BenchOptions & {
  readonly rounds: number;
  readonly seed?: number;
  readonly only?: readonly string[];
  readonly parallel: number;
  readonly mqtt?: string;
  readonly bucket?: string;
  readonly endpoint?: string;
  readonly index?: string;
};

/** @param add makes a bench with the options that all have. */
export function addFaultBenches(
  bench: Command,
  add: (name: string, about: string) => Command,
  context: VerbContext,
): void {
  add(
    "faults",
    "every fault a car meets, on purpose, against real servers; what the cameras gave is compared with what is there",
  )
    .option("--rounds <n>", "faults to inject", wholeNumber(1, 1_000_000), 100)
    .option("--seed <n>", "of chance; the same seed plays the same faults", wholeNumber(0, 4_294_967_295))
    .option("--only <names>", "of the table, as F1,F7", (text) => text.toUpperCase().split(","))
    .option("--parallel <n>", "devices at a time", wholeNumber(1, 32), 3)
    .option("--mqtt <url>", "a real broker (default: a Mosquitto of its own)")
    .option("--bucket <address>", "s3://NAME that exists (default: a folder)")
    .option("--endpoint <url>", "the S3 server")
    .option("--index <url>", "http://HOST:PORT/INDEX (default: the local index)")
    .action(async (options: FaultOptions) => {
      const { playFaults } = await import("../agent/bench/faults/play.ts");
      const { describeFaultSuite } = await import("../agent/bench/faults/suite.ts");
      await measure(context, options, async (deps) => {
        const result = await playFaults({
          ...deps,
          ...options,
          work: deps.work,
          program: ourselves(),
          onRig: (words) => context.stderr.write(`${words}\n`),
        });
        if (result.problems.length > 0) context.exit(1);
        return [result, `${describeFaultSuite(result)}\n${options.json ? "" : JSON.stringify(result)}`];
      });
    });

  add("flood", "10 000 messages of nonsense a second over MQTT against a device that records")
    .option("--seconds <n>", "of quiet, and of flood", wholeNumber(2, 3600), 30)
    .option("--rate <n>", "messages a second", wholeNumber(1, 100_000), 10_000)
    .option("--fps <n>", "pictures a second", wholeNumber(1, 60), 25)
    .option("--seed <n>", "of the nonsense", wholeNumber(0, 4_294_967_295), 1)
    .option("--mqtt <url>", "a real broker (default: a Mosquitto of its own)")
    .action(
      async (
        options: BenchOptions & { seconds: number; rate: number; fps: number; seed: number; mqtt?: string },
      ) => {
        const { describeFloodBench, runFloodBench } = await import("../agent/bench/flood.ts");
        await measure(context, options, async (deps) => {
          const result = await runFloodBench({
            ...options,
            ...deps,
            broker: options.mqtt ?? null,
            program: ourselves(),
          });
          if (result.problems.length > 0) context.exit(1);
          return [result, describeFloodBench(result)];
        });
      },
    );

  add("day", "a day of the agent on a fast clock: whether memory grows and files stay open")
    .option("--hours <n>", "of the simulated clock", wholeNumber(1, 1000), 24)
    .option("--seconds <n>", "real ones they take", wholeNumber(10, 86_400), 240)
    .action(async (options: BenchOptions & { hours: number; seconds: number }) => {
      const { describeDayBench, runDayBench } = await import("../agent/bench/day.ts");
      await measure(context, options, async (deps) => {
        const result = await runDayBench({ ...options, ...deps, program: ourselves() });
        if (result.problems.length > 0) context.exit(1);
        return [result, describeDayBench(result)];
      });
    });

  bench
    .command("scaled-agent", { hidden: true })
    .argument("<config>")
    .argument("<speed>", "", Number)
    .action(async (file: string, speed: number) => {
      const { runScaledAgent } = await import("../agent/bench/scaled-agent.ts");
      await runScaledAgent({
        file,
        speed,
        env: context.env,
        log: createLog({ level: "warn", stream: context.stderr }),
        signal: context.signal,
      });
    });

  bench
    .command("flood-child", { hidden: true })
    .argument("<broker>")
    .argument("<base>")
    .argument("<device>")
    .argument("<rate>", "", wholeNumber(1, 100_000))
    .argument("<seconds>", "", wholeNumber(1, 3600))
    .argument("<seed>", "", wholeNumber(0, 4_294_967_295))
    .action(
      async (broker: string, base: string, device: string, rate: number, seconds: number, seed: number) => {
        const { runFloodChild } = await import("../agent/bench/flood-child.ts");
        const sent = await runFloodChild({ broker, base, device, rate, seconds, seed });
        context.stdout.write(`${JSON.stringify(sent)}\n`);
      },
    );

  // What `bench faults` puts in the place of a camera's program.
  bench
    .command("faults-camera", { hidden: true })
    .argument("<dir>")
    .argument("[words...]")
    .action(async (directory: string, words: readonly string[]) => {
      const { runCameraChild } = await import("../agent/bench/faults/camera-child.ts");
      await runCameraChild(directory, words);
    });
}
