// Stages one change after the other until it is killed. Arguments: the data folder.
import { readStage, writeStage } from "../../agent/config-stage.ts";

const data = process.argv[2]!;
for (let count = readStage(data).changes.length; ; count += 1) {
  const values = { "record.delayMs": count, "session.comment": "x".repeat(20_000) };
  const change = { id: `c${count}`, atUs: count, confirm: false, changed: Object.keys(values), values };
  writeStage(data, [...readStage(data).changes, { ...change, state: "kept" }]);
  process.stdout.write(".");
}
