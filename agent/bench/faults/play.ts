// Plays the fault suite on what there is: builds the program to break, opens a broker where none is given, makes the index.
import { join } from "node:path";
import { createSystemClock } from "../../../device/clock.ts";
import { openLabelIndex } from "../../backends.ts";
import { openBenchBroker } from "../real-broker.ts";
import { findFaketime } from "./clock-jumps.ts";
import { mayMount } from "./disk-full.ts";
import { builtProgram } from "./program.ts";
import { type FaultSuite, type FaultSuiteOptions, runFaultSuite } from "./suite.ts";
import { faults } from "./table.ts";

export type PlayOptions = Omit<FaultSuiteOptions, "places" | "faults" | "abilities" | "seed" | "stamp"> & {
  /** Not given: one of `random`. */
  readonly seed?: number;
  readonly random: () => number;
  /** Names of faults; not given: all. */
  readonly only?: readonly string[];
  readonly mqtt?: string;
  readonly bucket?: string;
  readonly endpoint?: string;
  readonly index?: string;
};

/** @throws Error naming the rule and the value when an option cannot be used. */
export async function playFaults(options: PlayOptions): Promise<FaultSuite> {
  const { env, log, signal, only, bucket, endpoint, index } = options;
  const unknown = only?.filter((name) => !faults.some((fault) => fault.name === name)) ?? [];
  if (unknown.length > 0)
    throw new Error(
      `Expected --only to name ${faults.map(({ name }) => name).join(", ")}, got ${unknown.join(", ")}`,
    );
  if ((bucket === undefined) !== (endpoint === undefined))
    throw new Error("Expected --bucket s3://NAME and --endpoint URL together, got one of them");
  const program = await builtProgram(options.program, options.work);
  const broker = await openBenchBroker(options.mqtt ?? null, { work: join(options.work, "mosquitto"), log });
  try {
    if (index !== undefined) {
      const opened = openLabelIndex(index, {
        data: options.work,
        endpoint: null,
        region: "",
        caFile: null,
        env,
        log,
      });
      await opened.create(signal).finally(() => opened.close());
    }
    return await runFaultSuite({
      ...options,
      // The rigs tell time by the machine's clock, whoever else is faked.
      clock: createSystemClock(),
      program,
      faults: only === undefined ? faults : faults.filter(({ name }) => only.includes(name)),
      seed: options.seed ?? Math.floor(options.random() * 1e9),
      stamp: Math.floor(createSystemClock().now().wallUs / 1e6).toString(36),
      abilities: new Set([
        ...(mayMount(join(options.work, "mount")) ? ["mount"] : []),
        ...(findFaketime() === null ? [] : ["faketime"]),
      ]),
      places: {
        broker: broker.url,
        bucket: bucket ?? null,
        endpoint: endpoint ?? null,
        index: index ?? null,
      },
    });
  } finally {
    await broker.close();
  }
}
