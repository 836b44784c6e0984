// Both backends by hand, with a few days of sequences on them: npm run fake:annotation
//   npm run fake:annotation -- --port 5050 --platform-port 5055 --latency 20 --faults 0.3
import { parseArgs } from "node:util";
import { superadmin } from "../../agent/bench/contract-server/platform/server.ts";
import { startAnnotationApi } from "./annotation-api.ts";
import { startPlatformApi } from "./platform-api.ts";

const usage = `Usage: npm run fake:annotation -- [options]

an alert platform and an annotation API that behave as the real ones do, in memory, until Ctrl-C

  --port <n>           of the annotation API (default: 5050; 0: any free one)
  --platform-port <n>  of the alert platform (default: 5055; 0: any free one)
  --latency <ms>       before each answer (default: 0)
  --faults <0..0.9>    share of requests that go wrong: 502, 503, line cut before or after the work (default: 0)
  --help               this text
`;
const values = readArguments();
const share = number("faults", 0.9) / 4;
const behaviour = {
  latencyMs: number("latency", 60_000),
  faults: { "502": share, "503": share, reset: share, "reset-after-commit": share },
};

const ports = { platform: number("platform-port", 65_535), annotation: number("port", 65_535) };

const platform = await startPlatformApi(null, { ...behaviour, port: ports.platform }).catch(fail);
const annotation = await startAnnotationApi(null, {
  ...behaviour,
  port: ports.annotation,
  platformObject: async (organization, key) => platform.object(organization, key),
}).catch(fail);
const { login, password, sequenceIds } = platform.filled;
const pose = platform.tables.poses.all()[0]!;

process.stdout.write(`\
annotation API  ${annotation.url}  ${annotation.username} / ${annotation.password}
alert platform  ${platform.url}  ${login} / ${password}, administrator ${superadmin.login} / ${superadmin.password}
                ${sequenceIds.length} sequences from 2026-07-01 to 2026-07-03

PLATFORM_LOGIN=${login} PLATFORM_PASSWORD=${password} \\
PLATFORM_ADMIN_LOGIN=${superadmin.login} PLATFORM_ADMIN_PASSWORD=${superadmin.password} \\
LOCAL_ANNOTATION_LOGIN=${annotation.username} LOCAL_ANNOTATION_PASSWORD=${annotation.password} \\
  npx outrider import --date-from 2026-07-01 --date-end 2026-07-03 \\
  --url-api-platform ${platform.url} --url-api-annotation ${annotation.url}

A camera post that alerts the platform (sync.platform) has pose ${pose.id} there, and the token
OUTRIDER_PLATFORM_TOKEN=${platform.cameraToken(pose.camera_id)}

Ctrl-C ends it.
`);

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void Promise.all([platform.close(), annotation.close()]));

function readArguments() {
  const string = (given: string) => ({ type: "string", default: given }) as const;
  const options = {
    port: string("5050"),
    "platform-port": string("5055"),
    latency: string("0"),
    faults: string("0"),
    help: { type: "boolean", default: false },
  } as const;
  try {
    const { values } = parseArgs({ options });
    if (!values.help) return values;
    process.stdout.write(usage);
    process.exit(0);
  } catch (cause) {
    refuse((cause as Error).message);
  }
}

function number(name: "port" | "platform-port" | "latency" | "faults", max: number): number {
  const given = values[name].trim() === "" ? Number.NaN : Number(values[name]);
  return given >= 0 && given <= max
    ? given
    : refuse(`--${name}: expected a number from 0 to ${max}, got "${values[name]}"`);
}

function fail(cause: Error): never {
  process.stderr.write(`${cause.message}\n`);
  process.exit(1);
}

function refuse(problem: string): never {
  process.stderr.write(`${problem}\n\n${usage}`);
  process.exit(2);
}
