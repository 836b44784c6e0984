// Who we are to bucket, index and annotation API, from the environment: the names of the existing tools first, then the usual ones.

import type { S3Credentials } from "../sync/buckets/s3-client.ts";
import { isLoopback } from "./import/accounts.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** A user of the label index. */
export type IndexUser = { readonly user: string; readonly password: string };

/** Half of a pair is a mistake, not a reason to go on without. */
export class CredentialsError extends Error {
  override readonly name = "CredentialsError";
}

const s3Names = [
  ["PATATE_S3_KEY_ID", "PATATE_S3_KEY"],
  ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
] as const;
const indexNames = [
  ["PATATE_ES_USER_ID", "PATATE_ES_USER_PWD"],
  ["ES_USER_ID", "ES_USER_PWD"],
] as const;

/** The key pair for S3. @throws CredentialsError when there is none, or half of one. */
export function readS3Credentials(env: Environment): S3Credentials {
  const pair = readPair(env, s3Names);
  if (pair === null)
    throw new CredentialsError(
      "S3 needs credentials: set PATATE_S3_KEY_ID and PATATE_S3_KEY, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    );
  // A session token belongs to the AWS pair it was issued with.
  const token = pair.names[0] === "AWS_ACCESS_KEY_ID" ? env.AWS_SESSION_TOKEN : undefined;
  return {
    accessKeyId: pair.first,
    secretAccessKey: pair.second,
    ...(token ? { sessionToken: token } : {}),
  };
}

/** The user of the label index; null: nobody is named, and the index is asked without. @throws CredentialsError on half a pair. */
export function readIndexUser(env: Environment): IndexUser | null {
  const pair = readPair(env, indexNames);
  return pair === null ? null : { user: pair.first, password: pair.second };
}

/** An account on an annotation API. */
export type AnnotationLogin = { readonly username: string; readonly password: string };

/**
 * The account on the annotation API at `url`: OUTRIDER_ANNOTATION_*, then the names of the existing tools, which tell one on this machine
 * (LOCAL_ANNOTATION_*) from any other (MAIN_ANNOTATION_*).
 * @throws CredentialsError when there is none, or half of one.
 */
export function readAnnotationLogin(env: Environment, url: string): AnnotationLogin {
  const prefixes = [
    "OUTRIDER_ANNOTATION",
    isLoopback(url) ? "LOCAL_ANNOTATION" : "MAIN_ANNOTATION",
    "ANNOTATOR",
  ];
  const pair = readPair(
    env,
    prefixes.map((prefix) => [`${prefix}_LOGIN`, `${prefix}_PASSWORD`] as const),
  );
  if (pair === null)
    throw new CredentialsError(
      `The annotation API needs an account: set OUTRIDER_ANNOTATION_LOGIN and OUTRIDER_ANNOTATION_PASSWORD (or ${prefixes[1]}_LOGIN and ${prefixes[1]}_PASSWORD)`,
    );
  return { username: pair.first, password: pair.second };
}

/** What the names of the tokens of cameras begin with. */
export const platformTokenName = "OUTRIDER_PLATFORM_TOKEN";

/**
 * The token of a camera on the alert platform: OUTRIDER_PLATFORM_TOKEN_<CAMERA>, or, where it is told of one camera only,
 * OUTRIDER_PLATFORM_TOKEN.
 * @throws CredentialsError when there is none.
 */
export function readPlatformToken(
  env: Environment,
  { camera, isOnly }: { readonly camera: string; readonly isOnly: boolean },
): string {
  const own = `${platformTokenName}_${camera.toUpperCase().replaceAll("-", "_")}`;
  const token = env[own] || (isOnly ? env[platformTokenName] : undefined);
  if (token) return token;
  throw new CredentialsError(
    `The alert platform needs the token of camera ${camera}: set ${own}${isOnly ? ` or ${platformTokenName}` : ""}`,
  );
}

function readPair(
  env: Environment,
  choices: readonly (readonly [string, string])[],
): { names: readonly [string, string]; first: string; second: string } | null {
  for (const names of choices) {
    const [first, second] = [env[names[0]], env[names[1]]];
    if (first && second) return { names, first, second };
    if (first || second)
      throw new CredentialsError(
        `Expected ${names[0]} and ${names[1]} to be set together, got only ${first ? names[0] : names[1]}`,
      );
  }
  return null;
}
