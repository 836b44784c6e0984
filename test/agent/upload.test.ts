import { createLocalIndex } from "../../sync/indexes/local.ts";
import { uploadContract } from "../contracts/upload.ts";
import { embeddedBackends } from "../fakes/embedded-backends.ts";
import { createMemoryLabelIndex } from "../fakes/memory-label-index.ts";

uploadContract(
  "folder: and local:",
  embeddedBackends((directory) => createLocalIndex({ directory })),
);
// This index shows nothing before it is refreshed, as servers do.
uploadContract("folder: and memory", embeddedBackends(createMemoryLabelIndex));
