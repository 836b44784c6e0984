// `outrider remote <device> drive`: the terminal around it: which pad, the panel, and how it ends.

import { drive } from "../agent/remote-client/drive/drive.ts";
import { openScreen } from "../agent/remote-client/drive/screen.ts";
import type { RemoteClient } from "../agent/remote-client/open-client.ts";
import type { Clock } from "../device/clock.ts";
import { openGamepad } from "../device/gamepad/open.ts";
import type { Log } from "../device/log.ts";
import { printResult, UsageError, type VerbContext } from "./cli.ts";

export type DriveOptions = { readonly gamepad: string; readonly throttle: number };

/** How long one tap of a key counts, ms: with the way back to rest, a tapped car stands again within 400 ms. */
const firstHoldMs = 250;

/** @throws UsageError where there is no terminal to drive from. */
export async function driveRemotely(
  context: VerbContext,
  client: RemoteClient,
  device: string,
  options: DriveOptions & { readonly json: boolean; readonly clock: Clock; readonly log: Log },
): Promise<void> {
  const { clock, log, json, throttle } = options;
  const kind = options.gamepad.startsWith("keyboard:") ? "keyboard" : "gamepad";
  if (kind === "keyboard" && !context.stdin.isTTY)
    throw new UsageError(
      "Driving with the keyboard needs a terminal",
      `outrider remote ${device} drive --gamepad auto`,
    );
  if (!(throttle >= 0 && throttle <= 1))
    throw new UsageError(`Expected --throttle to be 0–1, got ${throttle}`);
  const keyboard = { stream: context.stdin, interrupt: context.interrupt, firstHoldMs };
  const gamepad = await openGamepad(options.gamepad, { clock, log, keyboard });
  const screen = openScreen(context.stderr);
  try {
    const summary = await drive(client, {
      device,
      gamepad,
      hand: { kind, throttleLimit: throttle },
      clock,
      onState: screen.show,
      signal: context.signal,
    });
    screen.close();
    const { seconds, sent, arms, stops } = summary;
    const text = `drove ${device} for ${seconds} s: ${sent} messages, armed ${arms} times, stopped unasked ${stops} times; the wheel is given back`;
    printResult(context, json, summary, text);
  } finally {
    screen.close();
    await gamepad.close();
  }
}
