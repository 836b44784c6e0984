// A process of its own for search-crash.test.ts: puts batches of ten labels until it is killed, printing the name of each kept batch.
import { silentLog } from "../../../device/log.ts";
import { openLabelSearch } from "../../../device/store/search.ts";

const [directory, round] = process.argv.slice(2) as [string, string];
const search = await openLabelSearch({ directory, log: silentLog });
for (let batch = 0; ; batch += 1) {
  const name = `${round}-${batch}`;
  const fingerprints = Array.from({ length: 10 }, (_, n) => `${name}-${n}`);
  await search.put(
    fingerprints.map((fingerprint) => ({
      fingerprint,
      document: {
        img_id: `picture-${fingerprint}`,
        label_fingerprint: fingerprint,
        timestamp: "20200204",
        event: "crash test",
        comment: "x".repeat(batch * 50),
        label: {},
      },
    })),
    { overwrite: false },
  );
  console.log(name);
}
