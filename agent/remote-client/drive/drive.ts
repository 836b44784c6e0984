// Drives a car from afar: hand in, `control/drive` out 20 times a second, and the panel between; until the signal aborts.
import type { Clock } from "../../../device/clock.ts";
import type { Gamepad } from "../../../device/gamepad/gamepad.ts";
import type { LinkMessage } from "../../../sync/clients/mqtt-link.ts";
import type { DriveReport } from "../../remote/drive-messages.ts";
import { parseReport } from "../devices.ts";
import type { RemoteClient } from "../open-client.ts";
import type { DeviceReport } from "../report.ts";
import { createRemoteDriver, type RemoteDriver } from "./driver.ts";
import { type HandOptions, handOf } from "./hand.ts";
import type { PanelState } from "./panel.ts";
import { asDriveReport, poll } from "./poll.ts";

export type DriveOptions = {
  readonly device: string;
  readonly gamepad: Gamepad;
  readonly hand: HandOptions;
  readonly clock: Clock;
  /** Given the newest state of everything with every message that could be sent; paints when it likes. */
  readonly onState: (state: PanelState) => void;
  readonly signal: AbortSignal;
};

/** What a drive came to. */
export type DriveSummary = ReturnType<RemoteDriver["figures"]> & { readonly seconds: number };

const sendEveryMs = 50;
/** While the car moves its answers are the panel; while it stands nobody should pay for them. */
const wheelEveryMs = { moving: 300, standing: 2_000 };
const statusEveryMs = { moving: 4_000, standing: 10_000 };

/** Resolves when the signal aborts, with the car told to stand and the wheel given back. */
export async function drive(
  { id, link, topicsOf, replyTopic }: Pick<RemoteClient, "id" | "link" | "topicsOf" | "replyTopic">,
  { device, gamepad, hand, clock, onState, signal }: DriveOptions,
): Promise<DriveSummary> {
  const topics = topicsOf(device);
  const driver = createRemoteDriver({ id });
  const startedNs = clock.monotonicNs();
  let report: DriveReport | null = null;
  let record: DeviceReport = {};
  let health: DeviceReport = {};
  let roundTripMs: number | null = null;
  let heardNs: number | null = null;
  let isBehind = false;

  const hear = (next: DriveReport | null): void => {
    if (next === null) return;
    report = next;
    driver.heard(next);
  };
  const listen = (topic: string, take: (message: DeviceReport) => void): (() => void) => {
    let heardOn = 0;
    return link.subscribe(
      topic,
      ({ payload, receivedNs }: LinkMessage) => {
        // The first one of a connection is the stored one: it says nothing of now.
        const { connects } = link.state();
        if (heardOn === connects) heardNs = receivedNs;
        heardOn = connects;
        take(parseReport(Buffer.from(payload).toString("utf8")));
      },
      { stored: true },
    );
  };
  const leave = [
    listen(topics.driveState, (message) => hear(asDriveReport(message))),
    listen(topics.recordState, (message) => {
      record = message;
    }),
    listen(topics.health, (message) => {
      health = message;
    }),
    link.onState(({ phase }) => driver.link(phase === "connected")),
  ];
  driver.link(link.state().phase === "connected");

  /** Never waited for. What moves the car does not queue up behind a slow network: it would arrive when the hand is long elsewhere. */
  const send = async (message: ReturnType<RemoteDriver["next"]>): Promise<void> => {
    if (message === null) return;
    const backlog = message.hold ? { maxBacklogBytes: mostBacklogBytes } : {};
    const payload = JSON.stringify(message);
    try {
      await link.publish(
        { topic: topics.controlDrive, payload, qos: 0, expirySeconds: 1, ...backlog },
        neverAborts,
      );
      isBehind = false;
    } catch {
      // No link, or one that does not keep up: the car hears nothing and stops, and the panel says so.
      isBehind = link.state().phase === "connected";
    }
  };
  const show = (): void => {
    const { phase, lastError } = link.state();
    onState({
      device,
      kind: hand.kind,
      link: { isConnected: phase === "connected", problem: lastError?.message ?? null, isBehind },
      roundTripMs,
      silentMs: heardNs === null ? null : (clock.monotonicNs() - heardNs) / 1e6,
      phase: driver.phase(),
      note: driver.note(),
      wish: driver.wish(),
      report,
      record,
      health,
    });
  };
  const followHand = async (): Promise<void> => {
    for await (const state of gamepad.states(signal)) driver.hand(handOf(state, hand));
    // A pad that is gone for good: no hand is at the stick.
    driver.hand({ steer: 0, throttle: 0, held: false, armed: false });
  };
  const speak = async (): Promise<void> => {
    while (!signal.aborted) {
      void send(driver.next(clock.monotonicNs() / 1e6));
      show();
      await clock.sleep(sendEveryMs, signal).catch(() => undefined);
    }
  };
  const ask = (
    command: string,
    parameters: DeviceReport,
    pace: { readonly moving: number; readonly standing: number },
    onAnswer: (data: unknown) => void,
  ): Promise<void> =>
    poll({
      link,
      topics,
      replyTopic: replyTopic(`drive-${command}`),
      command,
      parameters,
      everyMs: () => (driver.phase() === "idle" ? pace.standing : pace.moving),
      onAnswer: (data, tripMs) => {
        roundTripMs = tripMs;
        heardNs = clock.monotonicNs();
        onAnswer(data);
      },
      clock,
      signal,
    });
  const asking = [
    ask("drive", { action: "state" }, wheelEveryMs, (data) => hear(asDriveReport(data))),
    ask("status", {}, statusEveryMs, (data) => {
      const status = (data ?? {}) as { readonly record?: DeviceReport; readonly health?: DeviceReport };
      record = status.record ?? record;
      health = status.health ?? health;
    }),
  ];
  try {
    await Promise.all([followHand(), speak(), ...asking]);
  } finally {
    for (let count = 0; count < lastWords; count += 1) await send(driver.leave(clock.monotonicNs() / 1e6));
    for (const part of leave) part();
  }
  return { ...driver.figures(), seconds: Math.round((clock.monotonicNs() - startedNs) / 1e8) / 10 };
}

/** Some ten messages. */
const mostBacklogBytes = 2_048;
/** QoS 0 may get lost. */
const lastWords = 3;
const neverAborts = new AbortController().signal;
