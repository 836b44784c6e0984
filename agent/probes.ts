// What the doctor asks for an answer: the configured bucket and index. One that cannot even be opened is a finding, not a crash.
import type { Log } from "../device/log.ts";
import { openBucket, openLabelIndex } from "./backends.ts";
import type { Config } from "./config.ts";
import type { Environment } from "./credentials.ts";
import type { Probe } from "./doctor.ts";
import { backendOptions } from "./targets.ts";

export type ProbesOptions = { readonly config: Config; readonly env: Environment; readonly log: Log };

export function openProbes(options: ProbesOptions): {
  readonly probes: readonly Probe[];
  readonly close: () => Promise<void>;
} {
  const { bucket, index } = options.config.sync;
  const opened: { close: () => Promise<void> }[] = [];
  const probeOf = (
    part: string,
    url: string | null,
    open: (url: string) => { probe: Probe["probe"]; close: () => Promise<void> },
  ): Probe[] => {
    if (url === null) return [];
    try {
      const backend = open(url);
      opened.push(backend);
      return [{ part, url, probe: backend.probe }];
    } catch (cause) {
      return [{ part, url, probe: () => Promise.reject(cause) }];
    }
  };
  const probes = [
    ...probeOf("bucket", bucket, (url) => openBucket(url, backendOptions(options)).bucket),
    ...probeOf("label index", index, (url) => openLabelIndex(url, backendOptions(options))),
  ];
  return { probes, close: async () => void (await Promise.all(opened.map((backend) => backend.close()))) };
}
