// Where the panel is painted: over itself on a terminal, a line at every change of a word elsewhere.
import { type PanelState, renderPanel, renderPanelLine } from "./panel.ts";

export type Screen = {
  readonly show: (state: PanelState) => void;
  /** Leaves the terminal as it was; may be called twice. */
  readonly close: () => void;
};

export type ScreenStream = {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write: (text: string) => unknown;
};

// The alternate screen keeps what stood in the terminal before.
const enterScreen = "\x1b[?1049h\x1b[?25l\x1b[2J";
const leaveScreen = "\x1b[?25h\x1b[?1049l";
const home = "\x1b[H";
const clearLine = "\x1b[K";
const clearBelow = "\x1b[J";

export function openScreen(stream: ScreenStream): Screen {
  let said = "";
  let isOpen = false;
  const paint = (state: PanelState): void => {
    if (!isOpen) stream.write(enterScreen);
    isOpen = true;
    const columns = (stream.columns || 80) - 1;
    const lines = renderPanel(state).map((line) => line.slice(0, columns));
    stream.write(`${home}${lines.map((line) => `${line}${clearLine}\n`).join("")}${clearBelow}`);
  };
  const tell = (state: PanelState): void => {
    const line = renderPanelLine(state);
    const words = line.replaceAll(/\d+(\.\d+)?/g, "");
    if (words === said) return;
    said = words;
    stream.write(`${line}\n`);
  };
  return {
    show: stream.isTTY ? paint : tell,
    close: () => {
      if (isOpen) stream.write(leaveScreen);
      isOpen = false;
    },
  };
}
