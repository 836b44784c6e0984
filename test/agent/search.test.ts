import { createLocalIndex } from "../../sync/indexes/local.ts";
import { searchContract } from "../contracts/search.ts";
import { embeddedBackends } from "../fakes/embedded-backends.ts";

searchContract(
  "folder: and local:",
  embeddedBackends((directory) => createLocalIndex({ directory })),
  { many: 700 },
);
