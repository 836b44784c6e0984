// The doctor: what this machine has, what is missing for what, and the command that mends it. It ends within 15 seconds.
import type { Clock } from "../device/clock.ts";
import { innerSignal } from "../device/inner-signal.ts";
import { loadInferenceRuntime } from "../models/session.ts";
import type { Config } from "./config.ts";
import { examineStage } from "./doctor/config.ts";
import { examineClock, examineDataFolder, examineOwed, examineStore } from "./doctor/disk.ts";
import { type Finding, finding, firstLine } from "./doctor/finding.ts";
import { examineHardware, type Machine } from "./doctor/hardware.ts";
import { examineRunning, examineSetAside } from "./doctor/running.ts";
import { examineService } from "./doctor/service-state.ts";
import { examineStaged } from "./doctor/staged.ts";

/** Something that must answer: a bucket, an index, a broker. */
export type Probe = {
  readonly part: string;
  /** Without secrets. */
  readonly address: string;
  /** Resolves with what to say of it ("" for nothing) when it answers. */
  readonly probe: (signal: AbortSignal) => Promise<string>;
};

export type DoctorOptions = {
  readonly config: Config;
  readonly clock: Clock;
  readonly machine: Machine;
  readonly probes: readonly Probe[];
  /** Takes passwords and keys out of what others say. */
  readonly hideSecrets: (text: string) => string;
  readonly signal: AbortSignal;
};

const probeTimeoutMs = 10_000;

/** Looks at every part; never throws for a part that is broken. */
export async function examine(options: DoctorOptions): Promise<readonly Finding[]> {
  const { config, clock, machine, hideSecrets } = options;
  // The slow ones begin first, all at once.
  const answers = Promise.all(options.probes.map((probe) => answerOf(probe, options)));
  const store = await examineStore(config.data, clock);
  const findings = [
    nodeVersion(),
    await nativePackage(
      "lmdb (store)",
      "broken",
      async () => void (await import("../device/store/environment.ts")),
    ),
    await nativePackage("sharp (pictures)", "broken", async () => void (await import("sharp"))),
    // Recording, labels and sync do without.
    await nativePackage("onnxruntime-node (models)", "missing", () => loadInferenceRuntime(clock)),
    ...examineHardware(config, machine),
    ...examineStage(config.data),
    ...examineDataFolder(config.data, config.store.keepFreeBytes),
    store,
    ...(await examineRunning(config.data, clock)),
    ...examineSetAside(config.data),
    ...examineStaged(config.data),
    ...(await examineService(machine.path)),
    ...(store.state === "broken" ? [] : await examineOwed(config, clock)),
    examineClock(clock),
    ...(await answers),
  ];
  return findings.map((each) => ({ ...each, found: hideSecrets(each.found) }));
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const runtime = "deno" in process.versions ? `Deno ${process.versions.deno}, as Node.js ` : "";
  return finding(
    "Node.js",
    major > 20 || (major === 20 && minor >= 15),
    `${runtime}${process.versions.node} on ${process.platform}-${process.arch}`,
    { state: "broken", fix: "install Node.js 20.15 or newer (https://nodejs.org)" },
  );
}

async function nativePackage(
  part: string,
  otherwise: "broken" | "missing",
  load: () => Promise<unknown>,
): Promise<Finding> {
  try {
    const version = await load();
    return {
      part,
      state: "ok",
      found: typeof version === "string" ? `loads, version ${version}` : "loads",
      fix: null,
    };
  } catch (cause) {
    const fix = "npm ci   (on the machine itself: the binaries are chosen by its processor)";
    return { part, state: otherwise, found: firstLine(cause), fix };
  }
}

/** What a probe says; one that neither answers nor stops when told is left behind. */
async function answerOf({ part, address, probe }: Probe, { signal, clock }: DoctorOptions): Promise<Finding> {
  const patience = innerSignal(signal);
  const isOver = clock
    .sleep(probeTimeoutMs, patience.signal)
    .catch(() => undefined)
    .then((): never => {
      patience.abort();
      throw new Error(`no answer within ${probeTimeoutMs / 1000} s`);
    });
  try {
    const said = await Promise.race([probe(patience.signal), isOver]);
    return { part, state: "ok", found: `${address} ${said || "answers"}`, fix: null };
  } catch (cause) {
    return {
      part,
      state: "broken",
      found: `${address}: ${firstLine(cause)}`,
      fix: "check address, credentials and link; what waits is kept meanwhile",
    };
  } finally {
    isOver.catch(() => undefined);
    patience.abort();
    patience.release();
  }
}

/** The findings for a person: one line a part, then what to do. */
export function describeFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ part }) => part.length));
  const sign = { ok: "✓", missing: "·", warning: "!", broken: "✗" } as const;
  const lines = findings.flatMap(({ part, state, found, fix }) => [
    `${sign[state]} ${part.padEnd(width)}  ${found}`,
    ...(fix === null ? [] : [`    → ${fix}`]),
  ]);
  const count = (wanted: Finding["state"]): number => findings.filter(({ state }) => state === wanted).length;
  const [broken, warnings] = [count("broken"), count("warning")];
  const verdict =
    broken === 0
      ? "Everything this configuration needs is there."
      : `${broken} ${broken === 1 ? "part does" : "parts do"} not work.`;
  const worth = warnings === 0 ? "" : ` ${warnings} worth a look (!).`;
  return [...lines, "", verdict + worth].join("\n");
}
