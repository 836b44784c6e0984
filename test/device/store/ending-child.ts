// Commits without a pause and ends all of a sudden. Usage: ending-child.ts exit|throw DIRECTORY EXITCODE MILLISECONDS
// Prints the number of each commit that is on disk.
import { openEnvironment } from "../../../device/store/environment.ts";

const [mode, directory, code, milliseconds] = process.argv.slice(2) as [string, string, string, string];
const environment = openEnvironment(directory);
const table = environment.table<string>("a");
setTimeout(() => {
  if (mode === "throw") throw new Error("nobody catches this");
  process.exit(Number(code));
}, Number(milliseconds));
for (let n = 0; ; n += 1) {
  await environment.write(() => {
    for (let part = 0; part < 20; part += 1) void table.put(`${n}-${part}`, Buffer.alloc(20_000, n));
  });
  await environment.flushed();
  process.stdout.write(`${n}\n`);
}
