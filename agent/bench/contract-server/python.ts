// Values as Python prints them: two kinds of refusals carry such text.

/** A tuple; a list is an array. */
export class Tuple {
  readonly values: readonly unknown[];

  constructor(values: readonly unknown[]) {
    this.values = values;
  }
}

/** A ValueError with its message. */
export class PythonValueError {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** repr(value). JSON's 1.0 has become 1 on the way and is printed so. */
export function repr(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return reprText(value);
  if (Array.isArray(value)) return `[${value.map(repr).join(", ")}]`;
  if (value instanceof Tuple)
    return `(${value.values.map(repr).join(", ")}${value.values.length === 1 ? "," : ""})`;
  if (value instanceof PythonValueError) return `ValueError(${reprText(value.message)})`;
  if (typeof value === "object")
    return `{${Object.entries(value)
      .map(([name, one]) => `${reprText(name)}: ${repr(one)}`)
      .join(", ")}}`;
  return String(value);
}

function reprText(value: string): string {
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const escaped = value.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`).replaceAll("\n", "\\n");
  return `${quote}${escaped}${quote}`;
}

/** type(value).__name__ */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return "NoneType";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "str";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  return Array.isArray(value) ? "list" : "dict";
}
