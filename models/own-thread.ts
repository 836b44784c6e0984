// Starts a thread of this program from a file beside another one: from TypeScript under tsx and Deno, and as built.
import { Worker, type WorkerOptions } from "node:worker_threads";

// The type of import.meta is not the same everywhere this is checked.
const { resolve } = import.meta as { readonly resolve: (specifier: string) => string };

export type OwnThread = {
  /** `import.meta.url` of a file of the thread's folder; built, all files are in one. */
  readonly beside: string;
  /** Without its ending. */
  readonly file: string;
  /** For a person who looks at the process. */
  readonly name: string;
  readonly workerData?: unknown;
};

export function startOwnThread({ beside, file, name, workerData }: OwnThread): Worker {
  const isSource = /\.ts$/.test(beside);
  const url = new URL(`./${file}.${isSource ? "ts" : "js"}`, beside);
  const options: WorkerOptions = { name, workerData };
  if (!isSource || process.versions.deno !== undefined) return new Worker(url, options);
  // Node starts no thread from TypeScript, whatever loaders the program has: the thread needs one of its own first.
  const loader = JSON.stringify(resolve("tsx/esm/api"));
  const start = `import(${loader}).then(({ register }) => (register(), import(${JSON.stringify(url.href)})))`;
  return new Worker(start, { ...options, eval: true, execArgv: [] });
}
