// Both backends by hand, on fixed ports, with a few days of sequences: npm run fake:annotation
import { superadmin } from "../../agent/bench/contract-server/platform/server.ts";
import { startAnnotationApi } from "./annotation-api.ts";
import { startPlatformApi } from "./platform-api.ts";

const annotationPort = 5050;
const platformPort = 5055;

const platform = await startPlatformApi(null, { port: platformPort });
const annotation = await startAnnotationApi(null, {
  port: annotationPort,
  platformObject: async (organization, key) => platform.object(organization, key),
});
const reader = platform.filled;

process.stdout.write(`\
annotation API  ${annotation.url}  ${annotation.username} / ${annotation.password}
alert platform  ${platform.url}  ${reader.login} / ${reader.password}, administrator ${superadmin.login} / ${superadmin.password}
                ${reader.sequenceIds.length} sequences from 2026-07-01 to 2026-07-03

PLATFORM_LOGIN=${reader.login} PLATFORM_PASSWORD=${reader.password} \\
PLATFORM_ADMIN_LOGIN=${superadmin.login} PLATFORM_ADMIN_PASSWORD=${superadmin.password} \\
LOCAL_ANNOTATION_LOGIN=${annotation.username} LOCAL_ANNOTATION_PASSWORD=${annotation.password} \\
  npx outrider import --date-from 2026-07-01 --date-end 2026-07-03 \\
  --url-api-platform ${platform.url} --url-api-annotation ${annotation.url}

Ctrl-C ends it.
`);

process.once("SIGINT", () => {
  void Promise.all([platform.close(), annotation.close()]);
});
