// What an agent says when it starts: its cameras and who looks at them, where things go, how to see them and how to stop it.
import { hideSecrets } from "../device/camera/hide-secrets.ts";
import type { Agent } from "./agent.ts";

/** The cameras, a line each. */
export function cameraLines({ config }: Pick<Agent, "config">): readonly string[] {
  return config.cameras.map(({ id, url, width, height, fps, watch }) => {
    const seen =
      config.watch.enabled && watch.enabled ? `, watched by ${watch.detector ?? config.watch.detector}` : "";
    return `camera   ${id} (${hideSecrets(url)}, ${width}x${height} at ${fps} fps)${seen}`;
  });
}

/** Where everything goes. */
export function placeLines({
  config,
  targets,
  link,
}: Pick<Agent, "config" | "targets" | "link">): readonly string[] {
  return [
    `data     ${config.data}`,
    `sends to ${targets.list.map(({ name }) => name).join(", ") || "nobody"}`,
    ...(link === null ? [] : [`mqtt     ${link.url}, topics ${config.mqtt.base}/${config.device}/#`]),
  ];
}

/** What `outrider watch` says before it begins. */
export function describeWatchStart(agent: Pick<Agent, "config" | "targets" | "link">): string {
  const { watch, cameras } = agent.config;
  const [only] = cameras;
  return [
    ...(cameras.length === 1 && only!.url.startsWith("folder:")
      ? [
          `folder   ${only!.url.slice("folder:".length)}, looked at by ${only!.watch.detector ?? watch.detector}`,
        ]
      : cameraLines(agent)),
    ...(watch.embedder === null
      ? []
      : [`who      told apart by ${watch.embedder} and the colours of the coat`]),
    ...placeLines(agent),
    "look     npx outrider stats",
    "         npx outrider individuals list --suggested",
    "Ctrl-C   stops",
    "",
  ].join("\n");
}
