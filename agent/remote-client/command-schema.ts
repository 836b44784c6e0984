// What `help` says of a command, as far as a person's words need it: its actions and their parameters (JSON Schema, as zod writes it).

/** A parameter. */
export type Parameter = {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: Parameter;
  readonly anyOf?: readonly Parameter[];
  readonly properties?: Readonly<Record<string, Parameter>>;
  readonly additionalProperties?: unknown;
  readonly default?: unknown;
};

/** One form of a command: those with an action have a form for each. */
export type Form = {
  readonly action: string | null;
  /** Without the action, in the order the device lists them. */
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly required: readonly string[];
};

export type CommandHelp = {
  readonly name: string;
  readonly summary: string;
  readonly forms: readonly Form[];
};

type ObjectSchema = Parameter & {
  readonly oneOf?: readonly ObjectSchema[];
  readonly anyOf?: readonly ObjectSchema[];
  readonly required?: readonly string[];
};

/** Reads the answer of `help`; what is not understood has no form, and its words are taken as they look. */
export function readHelp(data: unknown): readonly CommandHelp[] {
  if (!Array.isArray(data)) return [];
  return data.flatMap((entry: unknown) => {
    const { name, summary, parameters } = (entry ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof name !== "string") return [];
    return [{ name, summary: typeof summary === "string" ? summary : "", forms: formsOf(parameters) }];
  });
}

function formsOf(schema: unknown): readonly Form[] {
  if (typeof schema !== "object" || schema === null) return [];
  const { oneOf, anyOf } = schema as ObjectSchema;
  return (oneOf ?? anyOf ?? [schema as ObjectSchema]).flatMap((form): Form[] => {
    if (form.properties === undefined) return [];
    const { action, ...parameters } = form.properties;
    const required = (form.required ?? []).filter(
      (name) => name !== "action" && parameters[name]?.default === undefined,
    );
    return [{ action: typeof action?.const === "string" ? action.const : null, parameters, required }];
  });
}
