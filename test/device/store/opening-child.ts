// Opens and closes the environment of a store again and again, as short commands beside an agent do.
// Usage: opening-child.ts read|write DIRECTORY ROUNDS. Prints "begun", then how many rounds failed, and why.
import { openEnvironment } from "../../../device/store/environment.ts";

const [mode, directory, rounds] = process.argv.slice(2) as [string, string, string];
const failures = new Map<string, number>();
process.stdout.write("begun\n");
for (let round = 0; round < Number(rounds); round += 1) {
  try {
    const environment = openEnvironment(directory, { readOnly: mode === "read" });
    const table = environment.table<string>("a");
    if (mode === "read") table.get("key");
    else await environment.write(() => void table.put("key", Buffer.from(String(round))));
    await environment.close();
  } catch (cause) {
    const { message } = cause as Error;
    failures.set(message, (failures.get(message) ?? 0) + 1);
  }
}
process.stdout.write(`${JSON.stringify([...failures])}\n`);
