// The outcome tables of upload and deletion, and what search and data sets promise, on real servers.
import { searchContract } from "../contracts/search.ts";
import { uploadContract } from "../contracts/upload.ts";
import { serverBackends } from "./server-backends.ts";

for (const { name, open, skip } of serverBackends()) {
  uploadContract(name, open, { skip });
  // More than the 10 000 that one page of a server's answer may hold, once for each index.
  searchContract(name, open, { skip, many: name.startsWith("s3:") ? 10_050 : 700 });
}
