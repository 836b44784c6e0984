// Plays the fault suite on what there is: builds the program to break, opens a broker where none is given, makes the index.
import { createSystemClock } from "../../../device/clock.ts";
import { startBroker } from "../../../sync/clients/broker.ts";
import { openLabelIndex } from "../../backends.ts";
import { builtProgram } from "./program.ts";
import { type FaultSuite, type FaultSuiteOptions, runFaultSuite } from "./suite.ts";
import { faults } from "./table.ts";

export type PlayOptions = Omit<FaultSuiteOptions, "places" | "faults" | "abilities" | "seed"> & {
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
  const own = options.mqtt === undefined ? await startBroker({ port: 0, credentials: null, log }) : null;
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
      abilities: new Set(),
      places: {
        broker: options.mqtt ?? own!.url,
        bucket: bucket ?? null,
        endpoint: endpoint ?? null,
        index: index ?? null,
      },
    });
  } finally {
    await own?.close();
  }
}
