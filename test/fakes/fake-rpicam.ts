// Installs fake-rpicam-vid.mjs for one test: a program of its own with its plan, its pictures, and the log of what happened to it.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export type FakeRpicamMode =
  | "good"
  | "halves"
  | "garbage"
  | "oversize"
  | "corrupt"
  | "frozen"
  | "stall"
  | "silent"
  | "slow"
  | "stderr flood"
  | "exit 255"
  | "dies"
  | "refuses metadata"
  | "no metadata"
  | "ignores SIGINT"
  | "ignores SIGTERM";

export type FakeRpicam = {
  /** Path of the executable. */
  readonly program: string;
  readonly starts: () => readonly { readonly pid: number; readonly args: readonly string[] }[];
  /** Time stamps it gave as metadata, ns of the monotonic clock. */
  readonly exposures: () => readonly number[];
  readonly signals: () => readonly string[];
  readonly remove: () => void;
};

/** @param options.modes how the first, second, … start behaves. @param options.fps in place of the rate asked for. */
export function installFakeRpicam(options: {
  readonly jpegs: readonly Uint8Array[];
  readonly modes: readonly FakeRpicamMode[];
  readonly fps?: number;
  /** It says that it can write metadata, as those since 2022 do. */
  readonly hasMetadata?: boolean;
}): FakeRpicam {
  const { jpegs, modes, fps, hasMetadata } = options;
  const folder = mkdtempSync(join(tmpdir(), "fake-rpicam-"));
  const help = hasMetadata ? "  --metadata arg  Save metadata\n  --metadata-format arg (=json)\n" : undefined;
  for (const [n, jpeg] of jpegs.entries()) writeFileSync(join(folder, `${n}.jpg`), jpeg);
  writeFileSync(join(folder, "plan.json"), JSON.stringify({ modes, fps, help }));
  const program = join(folder, "rpicam-vid");
  const script = fileURLToPath(new URL("./fake-rpicam-vid.mjs", import.meta.url));
  // exec: signals must reach the program itself. Under Deno the program still runs on Node.
  writeFileSync(program, `#!/bin/sh\nexec node "${script}" "${folder}" "$@"\n`);
  chmodSync(program, 0o755);
  const told = (event: string): unknown[] => {
    const path = join(folder, "log");
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, "utf8").trim().split("\n");
    return lines.map((line) => JSON.parse(line)).flatMap((line) => (line.event === event ? [line.what] : []));
  };
  return {
    program,
    starts: () => told("start") as { pid: number; args: string[] }[],
    exposures: () => told("exposure") as number[],
    signals: () => told("signal") as string[],
    // One that is on its way out may still log it.
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }),
  };
}
