// Asks a program what it is before it is relied on.
import { execFile } from "node:child_process";

/** What `program` prints (stdout and stderr) when called with `args`, whatever its exit code; null: there is no such program. */
export function askProgram(program: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const options = { timeout: 10_000, maxBuffer: 4 * 2 ** 20, encoding: "utf8" } as const;
    execFile(program, args, options, (error, stdout, stderr) => {
      const isMissing = error !== null && ["ENOENT", "EACCES", "ENOTDIR"].includes(String(error.code));
      resolve(isMissing ? null : stdout + stderr);
    });
  });
}
