// The login call of both services; one takes JSON, the other a form, and neither takes the other.
import { z } from "zod";
import { SyncError } from "../errors.ts";
import { readAnswer, type ServiceConnection } from "./service-connection.ts";
import { type Account, LoginRefused } from "./service-login.ts";

const tokenAnswer = z.looseObject({ access_token: z.string().min(1) });
/** Wrong, inactive, without the right, empty. */
const refusals = [400, 401, 403, 422];

export type TokenRequest = {
  readonly connection: ServiceConnection;
  readonly path: string;
  readonly encoding: "json" | "form";
  readonly signal: AbortSignal;
};

/** The token of an account. @throws LoginRefused when the account is not taken; no failure has the password in it. */
export async function askForToken(
  { username, password }: Account,
  { connection, path, encoding, signal }: TokenRequest,
): Promise<string> {
  try {
    const answer = await connection.call({
      method: "POST",
      path,
      [encoding]: { username, password },
      as: null,
      signal,
    });
    return readAnswer(answer, tokenAnswer, `log in at ${connection.url}`).access_token;
  } catch (cause) {
    if (!(cause instanceof SyncError)) throw cause;
    const said = without(password, cause.message);
    const { kind, status, retryAfterMs } = cause;
    if (status !== null && refusals.includes(status))
      throw new LoginRefused(
        `log in as "${username}": ${said.replace(/\.$/, "")}; check user name and password`,
        { status },
      );
    // A server in debug mode, or a filter before it, may show what it was sent.
    throw said === cause.message ? cause : new SyncError(kind, said, { status, retryAfterMs });
  }
}

/** The text without the password, as it is and as it was sent. */
function without(password: string, text: string): string {
  const form = new URLSearchParams({ password }).toString().slice("password=".length);
  const json = JSON.stringify(password).slice(1, -1);
  return [password, form, json].reduce(
    (rest, each) => (each === "" ? rest : rest.replaceAll(each, "…")),
    text,
  );
}
