// Mixes a person's "skip" (a line typed) into the movements of a gamepad.
import type { EventEmitter } from "node:events";
import type { RawInput } from "../device/gamepad/raw-input.ts";

/** The inputs, with a "skip" for each line typed; a null among the inputs (nothing moved) only lets the skips through. */
export async function* withSkips(
  inputs: AsyncIterable<RawInput | null>,
  lines: Pick<EventEmitter, "on" | "off">,
): AsyncGenerator<RawInput | "skip"> {
  let skips = 0;
  const onLine = (): void => {
    skips += 1;
  };
  lines.on("line", onLine);
  try {
    for await (const input of inputs) {
      for (; skips > 0; skips -= 1) yield "skip";
      if (input !== null) yield input;
    }
  } finally {
    lines.off("line", onLine);
  }
}
