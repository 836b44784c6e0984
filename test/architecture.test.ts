// The doors of the house: which room may import which, which file may import which package, and what may stand at the top.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative, resolve } from "node:path";
import { test } from "node:test";

const root = resolve(import.meta.dirname, "..");
const rooms = ["agent", "device", "models", "scripts", "sync"] as const;
type Room = (typeof rooms)[number];

/** Which rooms each room may import. */
const doors: Readonly<Record<Room, readonly Room[]>> = {
  device: [],
  models: ["device"],
  sync: ["device"],
  agent: ["device", "models", "sync"],
  scripts: ["agent", "device"],
};

/** Packages that only one place may import, so that they can be replaced there. */
const onlyImporters: Readonly<Record<string, readonly string[]>> = {
  lmdb: ["device/store/environment.ts"],
  "onnxruntime-node": ["models/session-worker.ts"],
  mqtt: ["sync/clients/mqtt.ts"],
  aedes: ["sync/clients/broker.ts"],
  undici: ["sync/http.ts"],
  // The bench measures against a bare loop, which has to be bare.
  "@aws-sdk/client-s3": ["sync/buckets/s3-client.ts", "agent/bench/sync.ts"],
  pino: ["agent/log.ts"],
};

type Import = { readonly from: string; readonly specifier: string };

const sources = rooms.flatMap((room) => filesOf(room)).filter((file) => file.endsWith(".ts"));
const imports = sources.flatMap((file) => importsOf(file));

function filesOf(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  const found = text.matchAll(
    /^(?:import|export)\s[^;]*?from\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gms,
  );
  return [...found].map((match) => ({ from: file, specifier: (match[1] ?? match[2] ?? match[3])! }));
}

function roomOf(path: string): Room | null {
  const first = path.split("/")[0] as Room;
  return rooms.includes(first) ? first : null;
}

test("every room imports only through its doors", () => {
  const broken = imports.filter(({ from, specifier }) => {
    if (!specifier.startsWith(".")) return false;
    const target = roomOf(normalize(join(dirname(from), specifier)));
    const own = roomOf(from)!;
    return target !== own && (target === null || !doors[own].includes(target));
  });
  assert.deepEqual(broken, []);
});

test("a package with one importer has one importer", () => {
  const broken = imports.filter(({ from, specifier }) => {
    const name = specifier.startsWith("@")
      ? specifier.split("/").slice(0, 2).join("/")
      : specifier.split("/")[0]!;
    const allowed = Object.hasOwn(onlyImporters, name) ? onlyImporters[name]! : null;
    return allowed !== null && !allowed.includes(from);
  });
  assert.deepEqual(broken, []);
});

test("own files are imported with .ts, Node's with node:", () => {
  const builtIns = new Set([
    "fs",
    "path",
    "os",
    "crypto",
    "child_process",
    "stream",
    "events",
    "util",
    "http",
    "net",
    "url",
    "zlib",
    "worker_threads",
  ]);
  const broken = imports.filter(({ specifier }) =>
    specifier.startsWith(".") ? !/\.(ts|json)$/.test(specifier) : builtIns.has(specifier.split("/")[0]!),
  );
  assert.deepEqual(broken, []);
});

test("only scripts/cli.ts ends the process, and only agent and scripts read the environment", () => {
  const ends = sources.filter(
    (file) => file !== "scripts/cli.ts" && /\bprocess\.exit\(/.test(readFileSync(join(root, file), "utf8")),
  );
  assert.deepEqual(ends, []);
  const reads = sources.filter(
    (file) =>
      // Setting a variable for a native library is no reading.
      !/^(agent|scripts)\//.test(file) &&
      /\bprocess\.env\b(?!\.\w+ = )/.test(readFileSync(join(root, file), "utf8")),
  );
  assert.deepEqual(reads, []);
});

test("no two files import each other in a circle", () => {
  const edges = new Map<string, string[]>();
  for (const file of sources) {
    const text = readFileSync(join(root, file), "utf8");
    const runtime = [...text.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from\s+"(\.[^"]+)"/gms)].map(
      (match) => normalize(join(dirname(file), match[1]!)),
    );
    edges.set(file, runtime);
  }
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      return;
    }
    if (done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of sources) visit(file, []);
  assert.deepEqual(circles, []);
});

test("nothing else stands at the top", (t) => {
  // Whoever owns the files: they are only listed.
  const listed = spawnSync("git", ["-c", "safe.directory=*", "ls-files"], { cwd: root, encoding: "utf8" });
  if (listed.status !== 0)
    return t.skip(`git does not know what belongs here: ${listed.error?.message ?? listed.stderr}`);
  const tracked = listed.stdout.split("\n").filter(Boolean);
  const top = new Set(tracked.map((path) => path.split("/")[0]!));
  const allowed = new Set([
    ...rooms,
    "test",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "README.md",
    "LICENSE",
  ]);
  assert.deepEqual(
    [...top].filter((name) => !name.startsWith(".") && !allowed.has(name)),
    [],
  );
});
