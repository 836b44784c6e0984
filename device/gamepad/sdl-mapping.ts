// Reads and writes SDL_GameControllerDB lines ("GUID,name,a:b0,leftx:a0,dpup:h0.1,…,platform:Linux,"): text, no pad.
import type { AxisName, ButtonName } from "./gamepad.ts";
import { axisNames, buttonNames, type ControlTarget, isTrigger } from "./mapping.ts";

/** Where a control is, in SDL's numbers. `half`: only that half of the axis. */
export type SdlSource =
  | { readonly kind: "button"; readonly index: number }
  | { readonly kind: "axis"; readonly index: number; readonly half: -1 | 0 | 1; readonly inverted: boolean }
  | { readonly kind: "hat"; readonly index: number; readonly mask: 1 | 2 | 4 | 8 };

/** One `target:source` of a line. */
export type SdlField = { readonly target: ControlTarget; readonly source: SdlSource };

/** One line, understood but not yet tied to the codes of a pad. */
export type SdlMapping = {
  /** 32 hex digits: bus, CRC, vendor, product, version as little-endian words. */
  readonly guid: string;
  readonly name: string;
  /** null: the line is for every platform. */
  readonly platform: string | null;
  readonly fields: readonly SdlField[];
  /** Fields that this program has no use for (touchpad, paddles, …), as written. */
  readonly ignored: readonly string[];
};

/** Parses one line. @throws Error naming the rule and the text that breaks it. */
export function parseSdlMapping(line: string): SdlMapping {
  const [guid = "", name = "", ...rest] = line.trim().split(",");
  if (!/^[0-9a-f]{32}$/i.test(guid))
    throw new Error(`Expected a mapping line to start with a GUID of 32 hex digits, got "${clip(guid)}"`);
  if (name === "") throw new Error(`Expected a name after the GUID ${guid}, got nothing`);
  const fields: SdlField[] = [];
  const ignored: string[] = [];
  let platform: string | null = null;
  for (const text of rest.map((field) => field.trim()).filter((field) => field !== "")) {
    const colon = text.indexOf(":");
    if (colon < 1) throw new Error(`Expected mapping fields of the form target:source, got "${clip(text)}"`);
    const [key, value] = [text.slice(0, colon), text.slice(colon + 1)];
    const target = parseTarget(key);
    if (key === "platform") platform = value;
    // "guide:" (no such control) and "h0.0" (no direction) do occur in the public list.
    else if (target === null || value === "" || /^h\d+\.0$/.test(value)) ignored.push(text);
    else fields.push({ target, source: parseSource(value, text) });
  }
  return { guid: guid.toLowerCase(), name, platform, fields, ignored };
}

/** Parses a file of lines; comments and empty lines are skipped, bad lines are told and cost only themselves. */
export function parseSdlMappings(text: string): {
  mappings: readonly SdlMapping[];
  problems: readonly string[];
} {
  const mappings: SdlMapping[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.trimStart().startsWith("#")) continue;
    try {
      mappings.push(parseSdlMapping(line));
    } catch (cause) {
      problems.push(`line ${index + 1}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }
  return { mappings, problems };
}

const targetPattern = /^([+-]?)([a-z]+)$/;

function parseTarget(key: string): ControlTarget | null {
  const [, half = "", word = ""] = targetPattern.exec(key) ?? [];
  const button = buttonNames.find((name) => name === word);
  if (button !== undefined && half === "") return { kind: "button", name: button };
  const axis = axisNames.find((name) => name === word);
  if (axis === undefined) return null;
  if (half === "") return { kind: "axis", name: axis, from: isTrigger(axis) ? 0 : -1, to: 1 };
  return { kind: "axis", name: axis, from: 0, to: half === "-" ? -1 : 1 };
}

function parseSource(value: string, field: string): SdlSource {
  const button = /^b(\d{1,3})$/.exec(value);
  if (button !== null) return { kind: "button", index: Number(button[1]) };
  const axis = /^([+-]?)a(\d{1,3})(~?)$/.exec(value);
  if (axis !== null) {
    const half = axis[1] === "+" ? 1 : axis[1] === "-" ? -1 : 0;
    return { kind: "axis", index: Number(axis[2]), half, inverted: axis[3] === "~" };
  }
  const hat = /^h(\d{1,2})\.([1248])$/.exec(value);
  if (hat !== null) return { kind: "hat", index: Number(hat[1]), mask: Number(hat[2]) as 1 | 2 | 4 | 8 };
  throw new Error(`Expected a source like b0, a1, +a2, -a2, a2~ or h0.1, got "${clip(field)}"`);
}

/** Writes a line that parseSdlMapping reads back. Commas in the name become spaces. */
export function formatSdlMapping(mapping: Pick<SdlMapping, "guid" | "name" | "fields">): string {
  const fields = mapping.fields.map(
    ({ target, source }) => `${formatTarget(target)}:${formatSdlSource(source)}`,
  );
  return `${[mapping.guid, mapping.name.replace(/[,\r\n]/g, " "), ...fields, "platform:Linux"].join(",")},`;
}

/** A target as SDL writes it: "a", "leftx", "-leftx". */
export function formatTarget(target: ControlTarget): `${string}${ButtonName | AxisName}` {
  const isHalf = target.kind === "axis" && target.from === 0 && !isTrigger(target.name);
  return `${isHalf || (target.kind === "axis" && target.to < 0) ? (target.to < 0 ? "-" : "+") : ""}${target.name}`;
}

/** A source as SDL writes it: "b0", "-a2~", "h0.4". */
export function formatSdlSource(source: SdlSource): string {
  if (source.kind === "button") return `b${source.index}`;
  if (source.kind === "hat") return `h${source.index}.${source.mask}`;
  const half = source.half === 0 ? "" : source.half > 0 ? "+" : "-";
  return `${half}a${source.index}${source.inverted ? "~" : ""}`;
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
