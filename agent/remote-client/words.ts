// What a person types behind a command, made into its parameters: `record start event=training`, `config set record.delayMs=50`,
// `individuals verify 01ARZ… by=ranger`. Names and kinds come from the device's own help; nothing of a command is known here.
import type { CommandHelp, Form, Parameter } from "./command-schema.ts";

/** The words do not fit the command. */
export class WordsError extends Error {
  override readonly name = "WordsError";
}

type Values = Record<string, unknown>;

/**
 * 1. A first word without `=` is the action, where the command has actions.
 * 2. Further words without `=` fill the action's parameters in the order of `help`; a list takes all that are left.
 * 3. `name=value` sets a parameter, `name.inner=value` a part of it; a name that is no parameter goes into the one parameter that holds names.
 * @param help null: the device does not say; then words are taken as they look. @throws WordsError
 */
export function parametersOf(words: readonly string[], help: CommandHelp | null): Values {
  const named = words.filter((word) => /^[^=]+=/.test(word));
  const bare = words.filter((word) => !named.includes(word));
  const givenAction = named.find((word) => word.startsWith("action="))?.slice("action=".length);
  const forms = help?.forms ?? [];
  const takesAction = forms.length === 0 || forms.some(({ action }) => action !== null);
  const action = takesAction ? (givenAction ?? bare.shift()) : undefined;
  const form = formOf(action, help);
  const values: Values = action === undefined ? {} : { action };
  for (const word of named) {
    const at = word.indexOf("=");
    const name = word.slice(0, at);
    if (name !== "action" || !takesAction) setNamed(values, { name, text: word.slice(at + 1) }, form);
  }
  fillInOrder(values, bare, form);
  return values;
}

/** Of which nothing is known. */
const unknownForm: Form = { action: null, parameters: {}, required: [] };

function formOf(action: string | undefined, help: CommandHelp | null): Form {
  if (help === null || help.forms.length === 0) return unknownForm;
  const form = help.forms.find((each) => each.action === (action ?? null));
  if (form !== undefined) return form;
  // The device says better than we what is missing.
  if (action === undefined) return unknownForm;
  const actions = help.forms.map((each) => each.action).join(", ");
  throw new WordsError(`Expected ${help.name} to be followed by ${actions}, got "${action}"`);
}

function setNamed(values: Values, { name, text }: { name: string; text: string }, form: Form): void {
  const [first = "", ...inner] = name.split(".");
  if (Object.hasOwn(form.parameters, first) || form === unknownForm) {
    setInner(values, { path: [first, ...inner], text, parameter: form.parameters[first] });
    return;
  }
  const holders = Object.entries(form.parameters).filter(([, parameter]) => holds(parameter, first));
  if (holders.length !== 1)
    throw new WordsError(`Expected one of ${namesOf(form).join(", ") || "no parameter"}, got "${name}"`);
  const [holder, parameter] = holders[0]!;
  setInner(values, { path: [holder, ...name.split(".")], text, parameter });
}

/** The parameters, each with the names that it holds. */
function namesOf({ parameters }: Form): readonly string[] {
  return Object.entries(parameters).map(([name, { properties }]) =>
    properties === undefined ? name : `${name} (${Object.keys(properties).join(", ")})`,
  );
}

function holds({ type, properties, additionalProperties }: Parameter, name: string): boolean {
  if (type !== "object") return false;
  if (properties !== undefined && Object.hasOwn(properties, name)) return true;
  return additionalProperties !== undefined && additionalProperties !== false;
}

/** Sets a value below a parameter. Where any name may stand the rest of the path is one name: "record.delayMs" of `config set`. */
function setInner(
  values: Values,
  { path, text, parameter }: { path: readonly string[]; text: string; parameter: Parameter | undefined },
): void {
  const [name = "", ...rest] = path;
  if (name === "" || name === "__proto__")
    throw new WordsError(`Expected name=value, got "${path.join(".")}=${text}"`);
  if (rest.length === 0) {
    const value = readValue(text, parameter);
    const before = values[name];
    values[name] = Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value;
    return;
  }
  const isOpen = parameter?.type === "object" && parameter.properties === undefined;
  const below = (typeof values[name] === "object" && values[name] !== null ? values[name] : {}) as Values;
  values[name] = below;
  const [next = ""] = rest;
  const inner = isOpen ? asParameter(parameter.additionalProperties) : parameter?.properties?.[next];
  setInner(below, { path: isOpen ? [rest.join(".")] : rest, text, parameter: inner });
}

function fillInOrder(values: Values, words: readonly string[], form: Form): void {
  const free = Object.entries(form.parameters).filter(
    ([name, { type }]) => !Object.hasOwn(values, name) && type !== "object",
  );
  // What must be given comes first, whatever the order of the table.
  const order = [...free].sort(
    ([a], [b]) => Number(form.required.includes(b)) - Number(form.required.includes(a)),
  );
  let left = [...words];
  for (const [name, parameter] of order) {
    if (left.length === 0) return;
    if (parameter.type === "array") {
      values[name] = left.flatMap((word) => readValue(word, parameter) as unknown[]);
      return;
    }
    values[name] = readValue(left[0]!, parameter);
    left = left.slice(1);
  }
  if (left.length > 0) throw new WordsError(`Expected name=value or nothing, got "${left[0]}"`);
}

/** A value as the parameter wants it; one that is not known is taken as it looks: number, true, false, null, JSON, else text. */
function readValue(text: string, parameter: Parameter | undefined): unknown {
  if (parameter?.type === "string" || (parameter?.enum ?? []).includes(text)) return text;
  if (parameter?.type === "array" && !text.startsWith("[")) return [readValue(text, parameter.items)];
  if (/^(-?\d+(\.\d+)?(e[+-]?\d+)?|true|false|null)$/i.test(text) || /^["[{]/.test(text)) {
    try {
      return JSON.parse(text);
    } catch (cause) {
      // 007 and TRUE are no JSON, and a person means text by them.
      if (/^["[{]/.test(text))
        throw new WordsError(`Expected JSON, got ${text} (${(cause as Error).message})`);
    }
  }
  return text;
}

function asParameter(value: unknown): Parameter | undefined {
  return typeof value === "object" && value !== null ? (value as Parameter) : undefined;
}
