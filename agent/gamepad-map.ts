// Makes a mapping with a person: asks for one control after the other and writes the line that SDL and this program read.
import { readFileSync } from "node:fs";
import { createControlCatcher, type WantedControl } from "../device/gamepad/control-catcher.ts";
import type { IdentifiedDevice } from "../device/gamepad/controllers.ts";
import type { AxisName, ButtonName } from "../device/gamepad/gamepad.ts";
import { type ControlSource, type ControlTarget, isTrigger } from "../device/gamepad/mapping.ts";
import type { RawInput } from "../device/gamepad/raw-input.ts";
import { numberSdlControls, sdlGuid, sdlSourceOf } from "../device/gamepad/sdl-binding.ts";
import {
  formatSdlMapping,
  formatSdlSource,
  formatTarget,
  parseSdlMapping,
  type SdlField,
  type SdlSource,
} from "../device/gamepad/sdl-mapping.ts";
import { replaceFile } from "../device/replace-file.ts";

/** One thing that is asked. */
export type MappingQuestion = {
  readonly target: ControlTarget;
  readonly wanted: WantedControl;
  readonly text: string;
};

const button = (name: ButtonName, text: string): MappingQuestion => ({
  target: { kind: "button", name },
  wanted: "button",
  text: `press ${text} (${name})`,
});
const axis = (name: AxisName, text: string): MappingQuestion => ({
  target: { kind: "axis", name, from: isTrigger(name) ? 0 : -1, to: 1 },
  wanted: isTrigger(name) ? "trigger" : "stick",
  text: `${text} (${name})`,
});

/** All questions, the ones that driving needs first. */
export const mappingQuestions: readonly MappingQuestion[] = [
  axis("leftx", "push the left stick fully right"),
  axis("righttrigger", "press the right trigger fully"),
  axis("lefttrigger", "press the left trigger fully"),
  button("a", "the lower button of the four"),
  button("b", "the right button of the four"),
  button("x", "the left button of the four"),
  button("y", "the upper button of the four"),
  button("start", "start, options or menu"),
  button("back", "back, select or share"),
  button("guide", "the maker's button in the middle"),
  button("leftshoulder", "the left shoulder button"),
  button("rightshoulder", "the right shoulder button"),
  button("dpup", "the d-pad up"),
  button("dpdown", "the d-pad down"),
  button("dpleft", "the d-pad left"),
  button("dpright", "the d-pad right"),
  axis("lefty", "pull the left stick fully down"),
  axis("rightx", "push the right stick fully right"),
  axis("righty", "pull the right stick fully down"),
  button("leftstick", "the left stick in"),
  button("rightstick", "the right stick in"),
];

export type MapGamepadOptions = {
  readonly device: IdentifiedDevice;
  /** The pad's movements; read until the last question is answered. */
  readonly inputs: AsyncIterable<RawInput | "skip">;
  /** Told each question and what was understood. */
  readonly say: (text: string) => void;
};

/**
 * Asks for every control; "skip" among the inputs passes over one. A control that already has a use is asked for again.
 * @throws Error when the pad goes away or the person ends before anything was answered.
 */
export async function mapGamepad({ device, inputs, say }: MapGamepadOptions): Promise<string> {
  const numbers = numberSdlControls(device.keys, device.axes);
  const catcher = createControlCatcher();
  const fields: SdlField[] = [];
  let index = 0;
  const ask = (): void => {
    const question = mappingQuestions[index];
    if (question === undefined) return;
    catcher.want(question.wanted);
    say(`${index + 1}/${mappingQuestions.length}: ${question.text}`);
  };
  const answer = (question: MappingQuestion, source: ControlSource): void => {
    const sdl = sdlSourceOf(source, numbers);
    if (sdl === null) {
      say("  this control has no number in SDL's list, please use another");
      return;
    }
    const written = formatSdlSource(sdl);
    const before = fields.find((field) => overlap(field.source, sdl));
    if (before !== undefined) {
      say(`  this is ${formatTarget(before.target)} already, please use another (or skip)`);
      return;
    }
    const target = formatTarget(question.target);
    fields.push({ target: question.target, source: sdl });
    say(`  ${target} is ${written}`);
    index += 1;
  };
  ask();
  for await (const input of inputs) {
    const question = mappingQuestions[index];
    if (question === undefined) break;
    if (input === "skip") {
      say("  skipped");
      index += 1;
    } else {
      const source = catcher.push(input);
      if (source === null) continue;
      answer(question, source);
    }
    if (index >= mappingQuestions.length) break;
    ask();
  }
  if (fields.length === 0) throw new Error("Expected at least one control to be mapped, got none");
  return formatSdlMapping({ guid: sdlGuid(device), name: device.name, fields });
}

/** Whether two sources move together: the same control, or an axis and a half of it. */
function overlap(a: SdlSource, b: SdlSource): boolean {
  if (a.kind === "axis" && b.kind === "axis")
    return a.index === b.index && (a.half === b.half || a.half === 0 || b.half === 0);
  return formatSdlSource(a) === formatSdlSource(b);
}

/** Puts a line into a mapping file; a line for the same pad is replaced, everything else stays as it is. */
export function saveMapping(path: string, line: string): void {
  const { guid } = parseSdlMapping(line);
  const kept = readLines(path).filter((old) => !old.trim().toLowerCase().startsWith(guid));
  replaceFile(path, `${[...kept, line].join("\n")}\n`);
}

function readLines(path: string): string[] {
  try {
    const text = readFileSync(path, "utf8").replace(/\n$/, "");
    return text === "" ? [] : text.split("\n");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT")
      return ["# Gamepad mappings, one line a pad, as SDL writes them."];
    throw new Error(`Cannot read the mapping file ${path}`, { cause });
  }
}
