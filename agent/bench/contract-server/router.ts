// Finds the route of a request the way Starlette does: first match wins, a missing or superfluous slash is sent elsewhere.
import { type Answer, type Call, refusal } from "./call.ts";

/** @typeParam User who asks, as the service knows people; what an open route is given is the service's affair. */
export type Route<User> = {
  readonly method: string;
  /** As `/sequences/{id}`, below the base path. */
  readonly path: string;
  /** null: anybody. Otherwise what the service has to find before the handler is asked. @throws Refused */
  readonly admit: ((call: Call) => User) | null;
  readonly handle: (call: Call, user: User) => Answer | Promise<Answer>;
};

export type Match = {
  /** `POST /sequences/`: what requests are counted by. */
  readonly name: string;
  /** @throws Refused, Crashed */
  readonly handle: (call: Call) => Promise<Answer>;
};

/** A table of routes below a base path. @returns what carries a request out; of an unknown one, what refuses it. */
export function createRouter<User>(base: string, routes: readonly Route<User>[]) {
  const table = routes.map((route) => ({
    route,
    names: namesOf(route.path),
    form: formOf(base + route.path),
  }));
  const paths = (path: string): boolean => table.some(({ form }) => form.test(path));
  return (method: string, path: string): Match => {
    for (const { route, names, form } of table) {
      const match = route.method === method ? form.exec(path) : null;
      if (match === null) continue;
      const params = Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(match[at + 1]!)]));
      return {
        name: `${method} ${route.path}`,
        handle: async (call) => {
          const asked = { ...call, params };
          return route.handle(asked, route.admit === null ? (null as User) : route.admit(asked));
        },
      };
    }
    const other = path.endsWith("/") ? path.slice(0, -1) : `${path}/`;
    return {
      name: `${method} elsewhere`,
      handle: async (call) => {
        if (paths(path)) throw refusal(405, "Method Not Allowed");
        if (paths(other)) return redirect(call, other);
        throw refusal(404, "Not Found");
      },
    };
  };
}

function namesOf(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
}

/** A parameter is one segment, one that ends in `*` the rest of the path. */
function formOf(path: string): RegExp {
  const form = path.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&").replaceAll(/\{rest\}/g, "(.+)");
  return new RegExp(`^${form.replaceAll(/\{\w+\}/g, "([^/]+)")}$`);
}

function redirect(call: Call, path: string): Answer {
  const query = call.query.size === 0 ? "" : `?${call.query}`;
  return { status: 307, contentType: null, body: "", headers: { location: `${call.origin}${path}${query}` } };
}
