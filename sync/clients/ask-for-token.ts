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

/** The token of an account. @throws LoginRefused when the account is not taken, without its password. */
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
    if (!(cause instanceof SyncError) || cause.status === null || !refusals.includes(cause.status))
      throw cause;
    const said = cause.message.replace(/\.$/, "");
    const safe = password === "" ? said : said.replaceAll(password, "…");
    throw new LoginRefused(`log in as "${username}": ${safe}; check user name and password`, {
      status: cause.status,
    });
  }
}
