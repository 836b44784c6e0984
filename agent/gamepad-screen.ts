// What a person sees of a gamepad: a screen that follows it in a terminal, plain or JSON lines elsewhere.
import type { AxisName, Gamepad, GamepadState } from "../device/gamepad/gamepad.ts";
import { axisNames, buttonNames, isTrigger } from "../device/gamepad/mapping.ts";

export type ShowGamepadOptions = {
  readonly gamepad: Gamepad;
  readonly output: { readonly write: (text: string) => unknown };
  readonly as: "screen" | "lines" | "json";
  readonly signal: AbortSignal;
  /** Also given every state, e.g. to record it. */
  readonly onState?: (state: GamepadState) => Promise<void>;
};

/** What came by, for the last line. */
export type ShownGamepad = { readonly states: number; readonly presses: number; readonly unplugged: number };

// A pad says up to 250 states a second; a terminal behind a slow link is happier with 30.
const repaintMs = 33;

/** Shows a gamepad until it ends or the signal aborts. */
export async function showGamepad(options: ShowGamepadOptions): Promise<ShownGamepad> {
  const { gamepad, output, as } = options;
  const screen = as === "screen" ? openScreen(gamepad, output) : null;
  let states = 0;
  let presses = 0;
  let unplugged = 0;
  let wasConnected = false;
  const write = (state: GamepadState): void => {
    if (screen !== null) screen.show(state);
    else if (as === "json") output.write(`${JSON.stringify(stateAsJson(gamepad, state))}\n`);
    else output.write(`${renderLine(gamepad, state)}\n`);
  };
  try {
    for await (const state of gamepad.states(options.signal)) {
      states += 1;
      presses += state.pressed.length;
      if (wasConnected && !state.connected) unplugged += 1;
      wasConnected = state.connected;
      write(state);
      await options.onState?.(state);
    }
  } finally {
    screen?.close();
  }
  return { states, presses, unplugged };
}

/** A screen that repaints itself; what was pressed only between two paints shows once. */
function openScreen(
  gamepad: Gamepad,
  output: ShowGamepadOptions["output"],
): { show: (state: GamepadState) => void; close: () => void } {
  let waiting: GamepadState | null = null;
  const paint = (): void => {
    if (waiting === null) return;
    const lines = renderScreen(gamepad, waiting).map((line) => `${line}${clearLine}\n`);
    waiting = null;
    output.write(home + lines.join("") + clearBelow);
  };
  output.write(enterScreen);
  const timer = setInterval(paint, repaintMs);
  return {
    show: (state) => {
      const pressed = [...(waiting?.pressed ?? []), ...state.pressed];
      waiting = { ...state, pressed, down: new Set([...state.down, ...pressed]) };
    },
    close: () => {
      clearInterval(timer);
      paint();
      output.write(leaveScreen);
    },
  };
}

// The alternate screen keeps what stood in the terminal before.
const enterScreen = "\x1b[?1049h\x1b[?25l\x1b[2J";
const leaveScreen = "\x1b[?25h\x1b[?1049l";
const home = "\x1b[H";
const clearLine = "\x1b[K";
const clearBelow = "\x1b[J";

/** The screen of one state, line by line. */
export function renderScreen(
  gamepad: Pick<Gamepad, "name" | "note">,
  state: GamepadState,
): readonly string[] {
  const note = gamepad.note?.() ?? null;
  return [
    `${state.connected ? "●" : "○"} ${gamepad.name}`,
    state.connected ? `  ${note ?? ""}` : `  not connected${note === null ? "" : `: ${note}`}`,
    "",
    ...axisNames.map(
      (name) => `${name.padStart(13)} ${axisBar(name, state.axes[name])} ${number(state.axes[name])}`,
    ),
    "",
    ...buttonRows(state),
    "",
    "Ctrl-C ends",
  ];
}

const barWidth = 41;

/** A bar: a trigger fills from the left, a stick from the middle. */
export function axisBar(name: AxisName, value: number): string {
  if (isTrigger(name)) {
    const filled = Math.round(value * barWidth);
    return `[${"█".repeat(filled)}${"·".repeat(barWidth - filled)}]`;
  }
  const middle = (barWidth - 1) / 2;
  const at = middle + Math.round(value * middle);
  const cells = Array.from({ length: barWidth }, (_, index) => {
    if (index === middle) return "┃";
    const isFilled = value > 0 ? index > middle && index <= at : index < middle && index >= at;
    return isFilled ? "█" : "·";
  });
  return `[${cells.join("")}]`;
}

function buttonRows(state: GamepadState): string[] {
  const cells = buttonNames.map((name) => (state.down.has(name) ? `[${name}]` : ` ${name} `).padEnd(16));
  return [0, 5, 10].map((start) =>
    cells
      .slice(start, start + 5)
      .join("")
      .trimEnd(),
  );
}

function number(value: number): string {
  return value.toFixed(2).padStart(5);
}

/** One state as a line of text: only what is not at rest. */
export function renderLine(gamepad: Pick<Gamepad, "name">, state: GamepadState): string {
  const time = `${(state.monotonicNs / 1e9).toFixed(3)} s`;
  if (!state.connected) return `${time}  ${gamepad.name}: not connected`;
  const moved = axisNames
    .filter((name) => state.axes[name] !== 0)
    .map((name) => `${name} ${state.axes[name].toFixed(2)}`);
  const pressed = state.pressed.map((name) => `+${name}`);
  const held = [...state.down].filter((name) => !state.pressed.includes(name));
  return `${time}  ${[...moved, ...pressed, ...held].join("  ") || "at rest"}`;
}

function stateAsJson(gamepad: Pick<Gamepad, "name">, state: GamepadState): Record<string, unknown> {
  return {
    gamepad: gamepad.name,
    monotonicNs: state.monotonicNs,
    connected: state.connected,
    axes: state.axes,
    down: [...state.down],
    pressed: state.pressed,
  };
}
