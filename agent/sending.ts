// The sending side: targets, the drain with the limits of the link, and what is noticed while it sends: a network that is back, fresh
// credentials, a link that costs money, a clock that is wrong.
import type { Clock } from "../device/clock.ts";
import type { Log } from "../device/log.ts";
import { readNetwork } from "../device/network.ts";
import type { Store } from "../device/store/store.ts";
import { createBandwidth } from "../sync/bandwidth.ts";
import { createDrain, type Drain } from "../sync/drain.ts";
import type { SyncLimits } from "../sync/limits.ts";
import { watchLink } from "../sync/link.ts";
import type { Target } from "../sync/targets/target.ts";
import type { Config } from "./config.ts";
import { credentialFacts } from "./credential-files.ts";
import type { Environment } from "./credentials.ts";
import { limitsOf } from "./limits.ts";
import { askNetworkManager, createMeteredWatch } from "./metered.ts";
import { createServerClocks, type ServerClocks } from "./server-clocks.ts";
import { keepSyncNote } from "./sync-note.ts";
import { openTargets, type Targets } from "./targets.ts";

export type SendingOptions = {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Environment;
  readonly random: () => number;
  /** Where events go; null: nowhere, and none are kept. */
  readonly events: Target | null;
  /** Not given: those of the configuration. */
  readonly limits?: SyncLimits;
};

/** Life: open → (follow beside the drain's run) → close. */
export type Sending = {
  readonly targets: Targets;
  readonly drain: Drain;
  readonly serverClocks: ServerClocks;
  /** Whether the link costs money, as configured or as the system says. */
  readonly isMetered: () => boolean;
  /** Notices what happens around it and tells the drain, until the signal aborts. @param onLinkUp told, too, that a try may go better now. */
  readonly follow: (signal: AbortSignal, onLinkUp?: () => void) => Promise<void>;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

/** Opens everything; nothing is sent yet. @throws AddressError, CredentialsError */
export function openSending(options: SendingOptions): Sending {
  const { config, store, clock, log, env, random } = options;
  const limits = options.limits ?? limitsOf(config);
  const bandwidth = createBandwidth(clock, limits.bytesPerSecond);
  const serverClocks = createServerClocks(log);
  const targets = openTargets({ ...options, pace: bandwidth.pace, onClockSkew: serverClocks.note });
  const isAuto = (): boolean => drain.limits().metered === "auto";
  const metered = createMeteredWatch({ ask: askNetworkManager, isWanted: isAuto, clock });
  const drain: Drain = createDrain({
    store,
    targets: targets.list,
    clock,
    log,
    random,
    limits,
    bandwidth,
    isMetered: metered.isMetered,
  });
  return {
    targets,
    drain,
    serverClocks,
    isMetered: () => (isAuto() ? metered.isMetered() : drain.limits().metered === true),
    follow: async (signal, onLinkUp) => {
      const onUp = (): void => {
        drain.wake({ linkUp: true });
        onLinkUp?.();
      };
      const read = (): readonly string[] => [...readNetwork(), ...credentialFacts(env)];
      await Promise.all([
        watchLink({ read, onUp, clock, log, random, signal }),
        metered.follow(signal),
        keepSyncNote(drain.status, { store, clock, log, signal }),
      ]);
    },
    close: targets.close,
  };
}
