// Who may in: login by form, tokens of people and of cameras, organizations, users.
import { readFormBody, readJsonBody } from "../bodies.ts";
import { type Call, json, refusal } from "../call.ts";
import { object, oneOf, required, text, textWithin, whole } from "../fields.ts";
import { naiveTime } from "../times.ts";
import { bearerOf, type Tokens } from "../tokens.ts";
import type { Asker, PlatformRoute, PlatformService } from "./service.ts";

/** Reads who asks from the token. @param missingToken status for a request without one. */
export function createGate(tokens: Tokens, missingToken: 401 | 403): PlatformService["only"] {
  return (...scopes) =>
    (call: Call): Asker => {
      const token = bearerOf(call.headers.authorization);
      if (token === null) throw refusal(missingToken, "Not authenticated");
      const { state, claims } = tokens.read(token);
      if (state === "undecodable") throw refusal(406, "Invalid token.");
      if (state === "expired") throw refusal(401, "Token has expired.");
      const [scope] = claims.scopes as readonly [Asker["scope"]];
      if (!scopes.includes(scope)) throw refusal(403, "Incompatible token scope.");
      return { id: Number(claims.sub), organizationId: claims.organization_id as number, scope };
    };
}

const login = { username: required(text), password: required(text) };

const userBody = object({
  organization_id: required(whole),
  login: required(textWithin(3, 50)),
  password: required(textWithin(3, 100)),
  role: required(oneOf(["admin", "agent", "user"])),
});

export function accountRoutes({ tables, now, only, issue }: PlatformService): readonly PlatformRoute[] {
  return [
    {
      method: "POST",
      path: "/login/creds",
      admit: null,
      handle: async (call) => {
        const { username, password } = await readFormBody(call, login);
        const account = tables.accounts.all().find((row) => row.login === username);
        if (account === undefined || account.password !== password)
          throw refusal(401, "Invalid credentials.");
        const { id, organization_id: organizationId, role: scope } = account;
        return json({ access_token: issue({ id, organizationId, scope }), token_type: "bearer" });
      },
    },
    {
      method: "GET",
      path: "/login/validate",
      admit: only("admin", "agent", "user", "camera"),
      handle: (_call, { id, scope, organizationId }) =>
        json({ sub: id, scopes: [scope], organization_id: organizationId }),
    },
    {
      method: "GET",
      path: "/organizations/",
      admit: only("admin"),
      handle: () => json(tables.organizations.all().map(showOrganization)),
    },
    {
      method: "POST",
      path: "/organizations/",
      admit: only("admin"),
      handle: (call) => {
        const { name } = readJsonBody(call, object({ name: required(textWithin(3, 50)) }));
        return json(showOrganization(tables.organizations.insert({ name })), 201);
      },
    },
    {
      method: "POST",
      path: "/users/",
      admit: only("admin"),
      handle: (call) => {
        const row = tables.accounts.insert({ ...readJsonBody(call, userBody), created_at: now() });
        const { password: _, ...shown } = row;
        return json({ ...shown, created_at: naiveTime(row.created_at), hashed_password: "<hash>" }, 201);
      },
    },
  ];
}

function showOrganization(row: { readonly id: number; readonly name: string }): object {
  return { ...row, telegram_id: null, slack_hook: null };
}
