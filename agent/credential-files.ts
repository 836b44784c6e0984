// Credentials in files, read again when a file changes, so that keys are rotated under a running agent: a file of our own with lines
// NAME=value, and the one of the AWS tools.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { CredentialsError, type Environment, platformTokenName } from "./credentials.ts";

/** The names that are looked for in files. */
export const credentialNames = [
  "PATATE_S3_KEY_ID",
  "PATATE_S3_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "PATATE_ES_USER_ID",
  "PATATE_ES_USER_PWD",
  "ES_USER_ID",
  "ES_USER_PWD",
  "OUTRIDER_MQTT_USER",
  "OUTRIDER_MQTT_PASSWORD",
  "OUTRIDER_ANNOTATION_LOGIN",
  "OUTRIDER_ANNOTATION_PASSWORD",
  "LOCAL_ANNOTATION_LOGIN",
  "LOCAL_ANNOTATION_PASSWORD",
  "MAIN_ANNOTATION_LOGIN",
  "MAIN_ANNOTATION_PASSWORD",
  "ANNOTATOR_LOGIN",
  "ANNOTATOR_PASSWORD",
] as const;

const awsNames: ReadonlySet<string> = new Set([
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
]);
const maxFileBytes = 65_536;

type Values = ReadonlyMap<string, string>;
/** What a file said when it was read, and which file that was. */
type Kept = { readonly stamp: string; readonly values: Values };

/**
 * The environment, with the credentials of OUTRIDER_CREDENTIALS_FILE before its own (only a file can change), and those of the AWS
 * tools (AWS_SHARED_CREDENTIALS_FILE or ~/.aws/credentials, profile AWS_PROFILE) where it names no S3 key. A value is looked up each
 * time it is read.
 * Reading a credential throws CredentialsError when the file of our own may be read by others or cannot be understood.
 */
export function withCredentialFiles(env: Environment): Environment {
  const own = env.OUTRIDER_CREDENTIALS_FILE
    ? createFileReader(env.OUTRIDER_CREDENTIALS_FILE, readOwnFile)
    : noFile;
  const awsPath = awsFileOf(env);
  const aws =
    awsPath === null
      ? noFile
      : createFileReader(awsPath, (path) => readProfile(path, env.AWS_PROFILE || "default"));
  const lookUp = (name: string): string | undefined => {
    const mine = own();
    // A pair comes from one place: half a key of each would be no key at all.
    const hasS3Key = (from: (name: string) => string | undefined): boolean =>
      Boolean(from("PATATE_S3_KEY_ID") || from("AWS_ACCESS_KEY_ID"));
    const isS3 = name.startsWith("PATATE_S3") || awsNames.has(name);
    if (isS3 && hasS3Key((each) => mine.get(each))) return mine.get(name);
    if (isS3 && !hasS3Key((each) => env[each])) return aws().get(name);
    return mine.get(name) ?? env[name];
  };
  const live = { ...env };
  for (const name of [...credentialNames, ...tokenNames(env, own)])
    Object.defineProperty(live, name, { enumerable: true, configurable: true, get: () => lookUp(name) });
  return live;
}

/** Names of tokens, one for each camera: those that are there now. */
function tokenNames(env: Environment, own: () => Values): ReadonlySet<string> {
  const isToken = (name: string): boolean => name.startsWith(platformTokenName);
  let inFile: readonly string[] = [];
  try {
    inFile = [...own().keys()];
  } catch {
    // Told to whoever reads a credential from it.
  }
  return new Set([...Object.keys(env), ...inFile].filter(isToken));
}

/** A fact for each file as it is now, e.g. "credentials 8123-1700000000-64": another one says that the file has changed. */
export function credentialFacts(env: Environment): readonly string[] {
  return [env.OUTRIDER_CREDENTIALS_FILE, awsFileOf(env)].flatMap((path) => {
    const stamp = path ? stampOf(path) : null;
    return stamp === null ? [] : [`credentials ${stamp}`];
  });
}

function awsFileOf(env: Environment): string | null {
  if (env.AWS_SHARED_CREDENTIALS_FILE) return env.AWS_SHARED_CREDENTIALS_FILE;
  return env.HOME ? join(env.HOME, ".aws", "credentials") : null;
}

const nothing: Values = new Map();
const noFile = (): Values => nothing;

/** Reads a file when it is another one than before; a file that is not there says nothing. */
function createFileReader(path: string, read: (path: string) => Values): () => Values {
  let kept: Kept | null = null;
  return () => {
    const stamp = stampOf(path);
    if (stamp === null) return nothing;
    if (kept?.stamp !== stamp) kept = { stamp, values: read(path) };
    return kept.values;
  };
}

/** Which file it is: one that replaces another has another number, one that is written over another time. */
function stampOf(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.ino}-${stat.mtimeMs}-${stat.ctimeMs}-${stat.size}`;
}

function readOwnFile(path: string): Values {
  const { mode } = statSync(path);
  if ((mode & 0o077) !== 0)
    throw new CredentialsError(
      `Expected ${path} to be readable by its owner alone (chmod 600), got mode 0${(mode & 0o777).toString(8)}`,
    );
  const values = new Map<string, string>();
  linesOf(path).forEach((line, position) => {
    if (line === "" || line.startsWith("#")) return;
    const match = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/.exec(line);
    // The line itself may hold a secret: it is not shown.
    if (match === null)
      throw new CredentialsError(
        `Expected NAME=value in ${path}, got something else on line ${position + 1}`,
      );
    const [, name, value] = match as unknown as [string, string, string];
    values.set(name, withoutQuotes(value));
  });
  return values;
}

/** One profile of the file of the AWS tools. */
function readProfile(path: string, profile: string): Values {
  const values = new Map<string, string>();
  let section = "";
  for (const line of linesOf(path)) {
    const heading = /^\[\s*(?:profile\s+)?([^\]]+?)\s*\]$/.exec(line)?.[1];
    if (heading !== undefined) section = heading;
    const [, name, value] = /^([a-z_]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (section !== profile || name === undefined) continue;
    if (awsNames.has(name.toUpperCase())) values.set(name.toUpperCase(), value!);
  }
  return values;
}

function linesOf(path: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new CredentialsError(`The credentials in ${path} cannot be read: ${(cause as Error).message}`);
  }
  if (text.length > maxFileBytes)
    throw new CredentialsError(`Expected ${path} to be a file of credentials, got ${text.length} bytes`);
  return text.split("\n").map((line) => line.trim());
}

function withoutQuotes(value: string): string {
  return (
    /^"(.*)"$|^'(.*)'$/
      .exec(value)
      ?.slice(1)
      .find((inner) => inner !== undefined) ?? value
  );
}
