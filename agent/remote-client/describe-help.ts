// What a device can be asked for, as a person would type it.
import type { CommandHelp, Form, Parameter } from "./command-schema.ts";
import { oneLine } from "./describe-answer.ts";

/** The commands, each with its forms; of one command also what its parameters take. */
export function describeHelp(device: string, commands: readonly CommandHelp[], only: string | null): string {
  if (only !== null) {
    const found = commands.find(({ name }) => name === only);
    if (found === undefined)
      return `${device} has no command ${only}; it has ${commands.map(({ name }) => name).join(", ")}`;
    return [
      oneLine(found.summary),
      "",
      ...found.forms.flatMap((form) => formLines(device, found.name, form)),
    ].join("\n");
  }
  return [
    ...commands.flatMap(({ name, forms }) => {
      const actions = forms.flatMap(({ action }) => (action === null ? [] : [action]));
      return `${name.padEnd(12)} ${actions.length > 0 ? actions.join(" | ") : usageOf(forms[0])}`.trimEnd();
    }),
    "",
    `More of one: outrider remote ${device} help COMMAND`,
  ].join("\n");
}

function formLines(device: string, command: string, form: Form): readonly string[] {
  const words = ["outrider remote", device, command, form.action ?? "", usageOf(form)].filter(
    (word) => word !== "",
  );
  return [
    words.join(" "),
    ...Object.entries(form.parameters).map(
      ([name, parameter]) => `    ${name.padEnd(14)} ${kindOf(parameter)}`,
    ),
  ];
}

function usageOf(form: Form | undefined): string {
  if (form === undefined) return "";
  return Object.entries(form.parameters)
    .map(([name, { type }]) => {
      const word =
        type === "object"
          ? `NAME=VALUE…`
          : type === "array"
            ? `${name.toUpperCase()}…`
            : `${name.toUpperCase()}`;
      return form.required.includes(name)
        ? word
        : `[${type === "object" || type === "array" ? word : `${name}=…`}]`;
    })
    .join(" ");
}

function kindOf(parameter: Parameter): string {
  const { type, enum: choices, items, properties, anyOf } = parameter;
  const fallback = parameter.default === undefined ? "" : `, default ${JSON.stringify(parameter.default)}`;
  if (choices !== undefined) return choices.map(String).join(" | ") + fallback;
  if (anyOf !== undefined) return anyOf.map(kindOf).join(" or ") + fallback;
  if (type === "array") return `list of ${items === undefined ? "anything" : kindOf(items)}${fallback}`;
  if (type === "object")
    return properties === undefined
      ? `any names${fallback}`
      : `names: ${Object.keys(properties).join(", ")}${fallback}`;
  return `${type ?? "anything"}${fallback}`;
}
