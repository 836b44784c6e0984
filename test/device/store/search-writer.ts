// A process of its own for search.test.ts: puts labels into the index in a folder, some of them the same as its sibling's.
import { silentLog } from "../../../device/log.ts";
import { openLabelSearch } from "../../../device/store/search.ts";

const [directory, name] = process.argv.slice(2) as [string, string];
const search = await openLabelSearch({ directory, log: silentLog });
for (let batch = 0; batch < 20; batch += 1) {
  const fingerprints = [...Array.from({ length: 10 }, (_, n) => `${name}-${batch}-${n}`), `shared-${batch}`];
  await search.put(
    fingerprints.map((fingerprint) => ({
      fingerprint,
      document: { img_id: fingerprint, label_fingerprint: fingerprint, label: { created_by: name } },
    })),
    { overwrite: false },
  );
}
await search.close();
