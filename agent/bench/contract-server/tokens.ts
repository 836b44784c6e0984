// Tokens of the services: signed JWTs that end by time, and here also by the number of requests they were used for.
import { createHmac } from "node:crypto";

export type TokenLimits = {
  /** Requests a token is good for; default: any number. */
  readonly maxUses?: number;
  readonly lifetimeMs: number;
  /** Wall clock, ms since 1970. */
  readonly nowMs: () => number;
};

export type TokenState = "fine" | "expired" | "undecodable";

export type Tokens = {
  readonly issue: (claims: Readonly<Record<string, unknown>>) => string;
  /** Counts as one use. */
  readonly read: (token: string) => {
    readonly state: TokenState;
    readonly claims: Readonly<Record<string, unknown>>;
  };
  /** All that were issued are expired from now on. */
  readonly expireAll: () => void;
};

/** @param secret what tokens are signed with. */
export function createTokens(secret: string, { maxUses, lifetimeMs, nowMs }: TokenLimits): Tokens {
  const uses = new Map<string, number>();
  let issued = 0;
  let ended = 0;
  const sign = (text: string): string => createHmac("sha256", secret).update(text).digest("base64url");
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return {
    issue: (claims) => {
      const exp = Math.floor((nowMs() + lifetimeMs) / 1000);
      // The number keeps two tokens of one second apart.
      const text = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ ...claims, exp, jti: ++issued })}`;
      return `${text}.${sign(text)}`;
    },
    read: (token) => {
      const [head, payload, signature] = token.split(".");
      if (signature === undefined || sign(`${head}.${payload}`) !== signature)
        return { state: "undecodable", claims: {} };
      const claims = JSON.parse(Buffer.from(payload!, "base64url").toString("utf8")) as Record<
        string,
        unknown
      >;
      const used = (uses.get(token) ?? 0) + 1;
      uses.set(token, used);
      const over = used > (maxUses ?? Number.POSITIVE_INFINITY) || (claims.jti as number) <= ended;
      return { state: over || (claims.exp as number) * 1000 <= nowMs() ? "expired" : "fine", claims };
    },
    expireAll: () => {
      ended = issued;
    },
  };
}

/** What follows Bearer; null: there is none. */
export function bearerOf(authorization: string | undefined): string | null {
  return /^bearer\s+(\S+)\s*$/i.exec(authorization ?? "")?.[1] ?? null;
}
