// Waits for the first connection to a broker, for whoever would rather hear why there is none than wait for it.
import type { MqttLink, MqttLinkState } from "../../sync/clients/mqtt-link.ts";

/** Resolves when the link is connected. @throws Error with the reason of the first failed attempt; the signal's reason. */
export async function untilConnected(link: MqttLink, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const leave: (() => void)[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const look = ({ phase, lastError }: MqttLinkState): void => {
        if (phase === "connected") resolve();
        else if (phase === "waiting") reject(new Error(lastError?.message ?? "no connection"));
      };
      leave.push(link.onState(look));
      look(link.state());
      const onAbort = (): void => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      leave.push(() => signal.removeEventListener("abort", onAbort));
    });
  } finally {
    for (const part of leave) part();
  }
}
