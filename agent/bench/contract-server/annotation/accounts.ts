// Who may in: login, tokens, users.
import { readJsonBody } from "../bodies.ts";
import { type Call, json, refusal } from "../call.ts";
import { object, optional, required, text, textWithin, yesOrNo } from "../fields.ts";
import { bearerOf, type Tokens } from "../tokens.ts";
import { ordered, readPage } from "./paging.ts";
import type { AnnotationRoute, AnnotationService } from "./service.ts";
import { showUser } from "./shown.ts";
import type { Tables, UserRecord } from "./tables.ts";

export type Gate = Pick<AnnotationService, "anyUser" | "localizer" | "superuser">;

/** @param missingToken status for a request without one: 403 on FastAPI before 2025-12. */
export function createGate(tables: Tables, tokens: Tokens, missingToken: 401 | 403): Gate {
  const challenge = { "www-authenticate": "Bearer" };
  const anyUser = (call: Call): UserRecord => {
    const token = bearerOf(call.headers.authorization);
    if (token === null)
      throw refusal(missingToken, "Not authenticated", missingToken === 401 ? challenge : {});
    const { state, claims } = tokens.read(token);
    const user = state === "fine" ? tables.users.byKey(String(claims.sub)) : undefined;
    if (user === undefined) throw refusal(401, "Could not validate credentials", challenge);
    if (!user.is_active) throw refusal(400, "Inactive user");
    return user;
  };
  const only = (may: (user: UserRecord) => boolean) => (call: Call) => {
    const user = anyUser(call);
    if (!may(user)) throw refusal(403, "Not enough permissions");
    return user;
  };
  return {
    anyUser,
    localizer: only((user) => user.is_superuser || user.can_localize),
    superuser: only((user) => user.is_superuser),
  };
}

const loginBody = object({ username: required(text), password: required(text) });

const userBody = object({
  username: required(textWithin(3, 50)),
  password: required(textWithin(8, 1000)),
  is_active: optional(yesOrNo, true),
  is_superuser: optional(yesOrNo, false),
  can_localize: optional(yesOrNo, false),
});

export function accountRoutes(service: AnnotationService, tokens: Tokens): readonly AnnotationRoute[] {
  const { tables, now, anyUser, superuser } = service;
  return [
    {
      method: "POST",
      path: "/auth/login",
      admit: null,
      handle: (call) => {
        const { username, password } = readJsonBody(call, loginBody);
        const user = tables.users.byKey(username);
        if (user === undefined || user.password === null || user.password !== password)
          throw refusal(401, "Incorrect username or password", { "www-authenticate": "Bearer" });
        if (!user.is_active) throw refusal(400, "Inactive user");
        return json({
          access_token: tokens.issue({ sub: username, user_id: user.id }),
          token_type: "bearer",
        });
      },
    },
    { method: "GET", path: "/users/me", admit: anyUser, handle: (_call, user) => json(showUser(user)) },
    {
      method: "GET",
      path: "/users/",
      admit: superuser,
      handle: (call) =>
        json(
          readPage(call).of(
            ordered(tables.users.all(), (row) => row.id, "asc"),
            showUser,
          ),
        ),
    },
    {
      method: "POST",
      path: "/users/",
      admit: superuser,
      handle: (call) => {
        const given = readJsonBody(call, userBody);
        if (tables.users.byKey(given.username) !== undefined)
          throw refusal(400, "Username already registered");
        const row = tables.users.insert((id) => ({ ...given, id, is_system: false, created_at: now() }));
        return json(showUser(row), 201);
      },
    },
  ];
}
