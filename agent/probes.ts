// What the doctor asks for an answer: the configured bucket, index, annotation API, alert platform and broker. One that cannot even be opened is a finding, not a crash.
import type { Clock } from "../device/clock.ts";
import type { Log } from "../device/log.ts";
import { checkPose } from "../sync/targets/alert-platform.ts";
import { backendOptions, openBucket, openLabelIndex } from "./backends.ts";
import { createClosing } from "./closing.ts";
import type { Config } from "./config.ts";
import type { Environment } from "./credentials.ts";
import type { Probe } from "./doctor.ts";
import { openPlatformDevice, platformCameras } from "./open-alert-platform.ts";
import { openAnnotationApi } from "./open-annotation-target.ts";
import { probeBroker } from "./remote/probe-broker.ts";

export type ProbesOptions = {
  readonly config: Config;
  readonly env: Environment;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

/** Makes the probes; nothing is asked before they are called. */
export function openProbes(options: ProbesOptions): {
  readonly probes: readonly Probe[];
  readonly close: () => Promise<void>;
} {
  const { bucket, index, annotation, platform } = options.config.sync;
  const closing = createClosing();
  const probeOf = (
    part: string,
    address: string | null,
    open: (address: string) => {
      readonly probe: (signal: AbortSignal) => Promise<void>;
      readonly close: () => Promise<void>;
    },
  ): readonly Probe[] => {
    if (address === null) return [];
    try {
      const backend = closing.add(open(address));
      return [{ part, address, probe: async (signal) => backend.probe(signal).then(() => "") }];
    } catch (cause) {
      return [{ part, address, probe: () => Promise.reject(cause) }];
    }
  };
  const probes = [
    ...probeOf("bucket", bucket, (address) => openBucket(address, backendOptions(options)).bucket),
    ...probeOf("label index", index, (address) => openLabelIndex(address, backendOptions(options))),
    ...probeOf("annotation API", annotation?.url ?? null, () => openAnnotationApi(options)!),
    ...platformCameras(options.config).flatMap(({ camera, pose }) =>
      probeOf(`alert platform, camera ${camera}`, platform?.url ?? null, () => {
        const device = openPlatformDevice(options, camera);
        const probe = async (signal: AbortSignal): Promise<void> => {
          await device.probe(signal);
          await checkPose(device, { camera, pose }, signal);
        };
        return { probe, close: device.close };
      }),
    ),
    ...(options.config.mqtt.url === null
      ? []
      : [
          {
            part: "MQTT broker",
            address: options.config.mqtt.url,
            probe: (signal: AbortSignal) => probeBroker(options, signal),
          },
        ]),
  ];
  return { probes, close: closing.close };
}
