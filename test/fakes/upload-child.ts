// The process that tests of uploads kill: drains a store to an S3 bucket, and kills itself at a step of an upload when told to.
// Argument: a JSON of UploadChildOptions. Ends by itself when nothing waits; prints what waits then.
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { openStore } from "../../device/store/store.ts";
import type { UploadStep } from "../../sync/buckets/bucket.ts";
import { createS3Bucket } from "../../sync/buckets/s3.ts";
import { createStoredUploadBook } from "../../sync/buckets/upload-book.ts";
import { createDrain } from "../../sync/drain.ts";
import { createShardTarget } from "../../sync/targets/shards.ts";

export type UploadChildOptions = {
  readonly directory: string;
  readonly endpoint: string;
  readonly bucket: string;
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly partBytes: number;
  readonly shardBytes: number;
  /** The step at whose `nth` time the process kills itself; null: at none. */
  readonly killAt: { readonly step: UploadStep; readonly nth: number } | null;
};

const options = JSON.parse(process.argv[2]!) as UploadChildOptions;
const { directory, endpoint, keys, partBytes, shardBytes, killAt } = options;
const clock = createSystemClock();
const store = openStore({ directory, clock, log: silentLog });
let times = 0;
const bucket = createS3Bucket({
  bucket: options.bucket,
  region: "us-east-1",
  endpoint,
  credentials: async () => keys,
  multipart: {
    fromBytes: partBytes,
    partBytes,
    book: createStoredUploadBook(store, endpoint),
    nowMs: () => clock.now().wallUs / 1000,
    onStep: (step) => {
      if (step === killAt?.step) times += 1;
      if (times > 0 && times === killAt?.nth) process.kill(process.pid, "SIGKILL");
    },
  },
});
const target = createShardTarget({
  bucket,
  store,
  folder: "",
  clock,
  random: Math.random,
  maxPictureBytes: 1_000_000,
  shardBytes,
  maxWaitMs: 0,
});
const drain = createDrain({ store, targets: [target], clock, log: silentLog, random: Math.random });
const { signal } = new AbortController();
await drain.run({ follow: false, attempts: 10, signal });
// The second call lets go of what the first one booked.
await target.deliver([], signal);
process.stdout.write(
  `${JSON.stringify({ target: target.name, oldest: store.outbox.oldestWaitingUs(target.name), problem: drain.status()[0]!.problem })}\n`,
);
await bucket.close();
await store.close();
