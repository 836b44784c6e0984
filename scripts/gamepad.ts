// Shows, lists and maps gamepads.
//   npx outrider gamepad show
import { createInterface } from "node:readline";
import { Command } from "commander";
import { describeGamepads, listedGamepads } from "../agent/gamepad-list.ts";
import { mapGamepad, saveMapping } from "../agent/gamepad-map.ts";
import { showGamepad } from "../agent/gamepad-screen.ts";
import { withSkips } from "../agent/gamepad-skips.ts";
import { createSystemClock } from "../device/clock.ts";
import { createInputSystem, listGamepads } from "../device/gamepad/discovery.ts";
import { openGamepad } from "../device/gamepad/open.ts";
import { readRawInput } from "../device/gamepad/raw-reader.ts";
import { createStateFile } from "../device/gamepad/state-file.ts";
import { silentLog } from "../device/log.ts";
import { printResult, UsageError, type VerbContext } from "./cli.ts";
import { parseDuration, wholeNumber } from "./options.ts";

type ShowOptions = { json?: boolean; for?: number; record?: string };

export function createGamepadCommand(context: VerbContext): Command {
  return new Command("gamepad")
    .addCommand(createShowCommand(context))
    .addCommand(createListCommand(context))
    .addCommand(createMapCommand(context));
}

function createShowCommand(context: VerbContext): Command {
  return new Command("show")
    .description("follow a gamepad: axes, buttons, the mapping in use")
    .argument("[gamepad]", "auto, evdev:PATH, joydev:PATH, replay:FILE, tub:DIR, keyboard:", "auto")
    .option("--json", "one JSON line a state")
    .option("--for <duration>", "end after this time, e.g. 20s", parseDuration)
    .option("--record <file>", "also write the states to a new file, for replay:FILE")
    .action(async (url: string, options: ShowOptions) => {
      const clock = createSystemClock();
      const end = new AbortController();
      // A keyboard in raw mode gives no SIGINT.
      const keyboard = { stream: context.stdin, interrupt: () => end.abort() };
      const gamepad = await openGamepad(url, { clock, log: silentLog, keyboard });
      const timer = options.for === undefined ? undefined : setTimeout(() => end.abort(), options.for);
      try {
        const recorder =
          options.record === undefined ? null : await createStateFile(options.record, gamepad.name);
        const shown = await showGamepad({
          gamepad,
          output: context.stdout,
          as: options.json ? "json" : context.stdout.isTTY ? "screen" : "lines",
          signal: AbortSignal.any([context.signal, end.signal]),
          onState: recorder?.write,
        }).finally(() => recorder?.close(clock.monotonicNs()));
        const where = options.record === undefined ? "" : `; recorded in ${options.record}`;
        context.stderr.write(
          `${shown.states} states, ${shown.presses} presses, unplugged ${shown.unplugged} times${where}\n`,
        );
      } finally {
        clearTimeout(timer);
        await gamepad.close();
      }
    });
}

function createListCommand(context: VerbContext): Command {
  return new Command("list")
    .description("the gamepads of this machine")
    .option("--json", "one JSON line instead of text")
    .action(async (options: { json?: boolean }) => {
      const pads = listedGamepads(await listGamepads(createInputSystem()), "/dev/input");
      printResult(context, options.json ?? false, { gamepads: pads }, describeGamepads(pads));
    });
}

function createMapCommand(context: VerbContext): Command {
  return new Command("map")
    .description("make a mapping for a gamepad by pressing what is asked for; Enter skips")
    .option("-o, --output <file>", "mapping file, kept but for this pad's line", "gamepads.txt")
    .option("--number <n>", "which of several gamepads, as `gamepad list` counts them", wholeNumber(1, 99), 1)
    .action(async (options: { output: string; number: number }) => {
      const system = createInputSystem();
      const pads = await listGamepads(system);
      if (pads.length === 0) throw new Error(describeGamepads([]));
      const device = pads[options.number - 1];
      if (device === undefined)
        throw new UsageError(
          `Expected --number to be 1–${pads.length}, got ${options.number}`,
          "outrider gamepad list",
        );
      const end = new AbortController();
      const signal = AbortSignal.any([context.signal, end.signal]);
      const lines = createInterface({ input: context.stdin });
      try {
        const inputs = readRawInput(device, { folder: system.folder, clock: createSystemClock(), signal });
        const line = await mapGamepad({
          device,
          inputs: withSkips(inputs, lines),
          say: (text) => context.stderr.write(`${text}\n`),
        });
        context.signal.throwIfAborted();
        saveMapping(options.output, line);
        context.stdout.write(`${line}\n`);
        context.stderr.write(
          `written to ${options.output}; use it with: outrider gamepad show "auto?mapping=${options.output}"\n`,
        );
      } finally {
        end.abort();
        lines.close();
      }
    });
}
