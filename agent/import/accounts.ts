// Who the import is to each service: names of both generations of the existing tools. What is missing is said all at once, never shown.
import type { Environment } from "../credentials.ts";
import type { ImportOptions } from "./options.ts";

export type Account = { readonly username: string; readonly password: string };

/** Accounts, or what is missing of them. */
export type AccountsRead<T> = {
  /** null: see problems. */
  readonly accounts: T | null;
  /** One for each variable that is not set, `<NAME> is not set`. */
  readonly problems: readonly string[];
  /** What a person should know of where the values came from. */
  readonly warnings: readonly string[];
};

/** What an import needs; null: it does not speak with that service. */
export type ImportAccounts = {
  readonly platform: PlatformAccounts | null;
  readonly annotation: Account | null;
  /** The annotation API that is cloned. */
  readonly cloned: Account | null;
};

/** Every account that the options need, and every variable that is missing for them. */
export function readImportAccounts(
  { clone, to, skipPlatformFetch, annotationUrl }: ImportOptions,
  env: Environment,
): AccountsRead<ImportAccounts> {
  const none = { accounts: null, problems: [], warnings: [] };
  const platform = clone === null && !skipPlatformFetch ? readPlatformAccounts(env) : none;
  const sends = to === "annotation" && clone?.countOnly !== true;
  const annotation = sends ? readAnnotationAccount(env, annotationUrl) : none;
  const cloned = clone === null ? none : readAnnotationAccount(env, clone.url);
  const problems = [
    ...platform.problems.map((each) => `Missing platform credentials: ${each}`),
    ...[annotation, cloned].flatMap((each) =>
      each.problems.map((problem) => `Missing annotation API credentials: ${problem}`),
    ),
  ];
  return {
    accounts:
      problems.length > 0
        ? null
        : { platform: platform.accounts, annotation: annotation.accounts, cloned: cloned.accounts },
    problems: [...new Set(problems)],
    warnings: [...new Set([platform, annotation, cloned].flatMap(({ warnings }) => warnings))],
  };
}

export type PlatformAccounts = { readonly user: Account; readonly admin: Account };

/** Newer names first: each is [newer, older]. */
const platformNames = {
  login: ["ALERT_API_LOGIN", "PLATFORM_LOGIN"],
  password: ["ALERT_API_PASSWORD", "PLATFORM_PASSWORD"],
  adminLogin: ["ALERT_API_ADMIN_LOGIN", "PLATFORM_ADMIN_LOGIN"],
  adminPassword: ["ALERT_API_ADMIN_PASSWORD", "PLATFORM_ADMIN_PASSWORD"],
} as const;

/** The two accounts on the alert platform: organizations are shown to an administrator only. */
export function readPlatformAccounts(env: Environment): AccountsRead<PlatformAccounts> {
  const problems: string[] = [];
  const warnings: string[] = [];
  // Whoever has begun with the newer names is asked for the rest by them.
  const isNewer = Object.values(platformNames).some(([newer]) => env[newer]);
  const read = ([newer, older]: readonly [string, string]): string => {
    const [first, second] = [env[newer] ?? "", env[older] ?? ""];
    if (first !== "" && second !== "" && first !== second)
      warnings.push(`${newer} and ${older} are both set and differ: ${newer} is used`);
    if (first === "" && second === "") problems.push(`${isNewer ? newer : older} is not set`);
    return first || second;
  };
  const user = { username: read(platformNames.login), password: read(platformNames.password) };
  const admin = { username: read(platformNames.adminLogin), password: read(platformNames.adminPassword) };
  return { accounts: problems.length === 0 ? { user, admin } : null, problems, warnings };
}

/** The account every annotation API begins with; used for one on this machine only. */
const firstAccount: Account = { username: "admin", password: "admin12345" };

/**
 * The account on an annotation API: LOCAL_ANNOTATION_* for one on this machine, MAIN_ANNOTATION_* for any other, then ANNOTATOR_* for both;
 * on this machine also the account such a service begins with.
 */
export function readAnnotationAccount(env: Environment, url: string): AccountsRead<Account> {
  const isHere = isLoopback(url);
  const place = isHere ? "LOCAL_ANNOTATION" : "MAIN_ANNOTATION";
  for (const prefix of [place, "ANNOTATOR"]) {
    const names = [`${prefix}_LOGIN`, `${prefix}_PASSWORD`] as const;
    const [username, password] = [env[names[0]] ?? "", env[names[1]] ?? ""];
    if (username !== "" && password !== "")
      return { accounts: { username, password }, problems: [], warnings: [] };
    // Half a pair is a mistake, not a reason to go on with another account.
    if (username !== "" || password !== "")
      return {
        accounts: null,
        problems: [`${username === "" ? names[0] : names[1]} is not set`],
        warnings: [],
      };
  }
  if (!isHere)
    return {
      accounts: null,
      problems: [`${place}_LOGIN is not set`, `${place}_PASSWORD is not set`],
      warnings: [],
    };
  return {
    accounts: firstAccount,
    problems: [],
    warnings: [
      `${place}_LOGIN and ${place}_PASSWORD are not set: the first account of a local annotation API is used`,
    ],
  };
}

/** Whether an address is on this machine. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
