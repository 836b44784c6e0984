// What a person does about a service that cannot be reached, or does not let us in.
import { LoginRefused } from "../../sync/clients/service-login.ts";
import { SyncError } from "../../sync/errors.ts";

export type Service = {
  /** `annotation API`, `alert platform` */
  readonly name: string;
  readonly url: string;
  /** The option that names it. */
  readonly option: string;
  /** The variables that hold its account. */
  readonly variables: string;
};

/** The failure of the first look at a service, with what to do about it. */
export function explainFailure(service: Service, cause: unknown): unknown {
  if (!(cause instanceof SyncError)) return cause;
  const { name, url, option, variables } = service;
  if (cause instanceof LoginRefused || cause.status === 401 || cause.status === 403)
    return new SyncError(
      cause.kind,
      `Failed to fetch access token from the ${name}: ${cause.message}\n` +
        `  - Verify the account: ${variables}\n` +
        `  - Check the ${option} parameter: ${url}`,
      { cause, status: cause.status },
    );
  const hints = isAnotherServer(cause)
    ? [`What answers there is no ${name}: check the ${option} parameter: ${url}`]
    : [
        `Verify it is running: curl ${url}/docs`,
        `Check the ${option} parameter: ${url}`,
        "Check the network between this machine and it",
      ];
  return new SyncError(
    cause.kind,
    [`Connection error to the ${name}: ${cause.message}`, ...hints].join("\n  - "),
    { status: cause.status },
  );
}

/** It understood us and has nothing of what was asked for: another service, or a path that is wrong. */
function isAnotherServer({ status }: SyncError): boolean {
  return status === 404 || status === 405;
}
