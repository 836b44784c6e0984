// `outrider import` as a person starts it: a process of its own, watched, and killed when it is to be.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import type { ImportResult } from "../../import/import-result.ts";
import { platformEnvironment } from "./environment.ts";
import type { Servers } from "./servers.ts";

export type ImportProcessOptions = {
  /** How this very program is started. */
  readonly program: readonly string[];
  readonly servers: Servers;
  /** Days of the season, YYYY-MM-DD. */
  readonly from: string;
  readonly end: string;
  readonly workers: number;
  /** Its data folder, which holds its journal. */
  readonly data: string;
  /** Options beside those. */
  readonly words?: readonly string[];
  readonly signal: AbortSignal;
};

export type ImportRun = {
  /** null: it was killed. */
  readonly exitCode: number | null;
  readonly seconds: number;
  /** Highest resident memory, MB; null where /proc is missing. */
  readonly peakRssMb: number | null;
  /** null: it printed none. */
  readonly result: ImportResult | null;
  /** The last of its stderr. */
  readonly lastWords: string;
};

/** Life: startImport → kill? → ended. */
export type ImportProcess = { readonly kill: () => void; readonly ended: Promise<ImportRun> };

const lookEveryMs = 100;
const lastWordsLength = 2000;

export function startImport(options: ImportProcessOptions): ImportProcess {
  const { servers, signal } = options;
  const [command, ...words] = options.program;
  const startedMs = performance.now();
  const child = spawn(command!, [...words, "import", ...argumentsOf(options)], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...platformEnvironment(servers) },
    signal,
  });
  child.on("error", () => undefined);
  let peakRssMb: number | null = null;
  // The kernel keeps the peak itself; it has to be read while the process is there.
  const watch = setInterval(() => {
    peakRssMb = readPeakRssMb(child.pid) ?? peakRssMb;
  }, lookEveryMs);
  const outputs = Promise.all([text(child.stdout), text(child.stderr)]);
  const ended = async (): Promise<ImportRun> => {
    const [exitCode] = (await once(child, "close")) as [number | null];
    clearInterval(watch);
    const [stdout, stderr] = await outputs;
    return {
      exitCode,
      seconds: (performance.now() - startedMs) / 1000,
      peakRssMb,
      result: resultIn(stdout),
      lastWords: stderr.trim().slice(-lastWordsLength),
    };
  };
  return { kill: () => child.kill("SIGKILL"), ended: ended() };
}

/** Starts it and waits for its end. */
export function runImportProcess(options: ImportProcessOptions): Promise<ImportRun> {
  return startImport(options).ended;
}

function argumentsOf({
  servers,
  from,
  end,
  workers,
  data,
  words = [],
}: ImportProcessOptions): readonly string[] {
  return [
    ...["--date-from", from, "--date-end", end],
    ...["--url-api-platform", servers.platform.url, "--url-api-annotation", servers.annotation.url],
    ...["--max-workers", String(workers), "--data", data, "--json"],
    ...words,
  ];
}

function readPeakRssMb(pid: number | undefined): number | null {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? null : (Number(kilobytes) * 1024) / 1e6;
  } catch {
    // Not Linux, or it has just ended: what was read before counts.
    return null;
  }
}

function resultIn(stdout: string): ImportResult | null {
  const line = stdout.trim().split("\n").at(-1);
  return line?.startsWith("{") === true ? (JSON.parse(line) as ImportResult) : null;
}
