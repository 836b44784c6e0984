// What a device tells Home Assistant of itself: one retained message with all its parts.
import type { RemoteTopics } from "../topics.ts";
import type { Component, RemovedComponent } from "./component.ts";
import { cameraComponents, deviceComponents, driveComponents } from "./components.ts";

/** What is announced. */
export type DiscoveryFacts = {
  readonly device: string;
  readonly version: string;
  readonly topics: RemoteTopics;
  readonly cameras: readonly { readonly id: string; readonly record: boolean; readonly watch: boolean }[];
  /** Whether there is a car that can be moved. */
  readonly moves: boolean;
  /** Commands that are taken: what is not gets no button. */
  readonly commands: readonly string[];
  readonly healthEveryMs: number;
};

export type Discovery = {
  readonly device: Readonly<Record<string, unknown>>;
  readonly origin: Readonly<Record<string, unknown>>;
  readonly availability: readonly Readonly<Record<string, unknown>>[];
  readonly components: Readonly<Record<string, Component | RemovedComponent>>;
};

/** `<prefix>/device/<object id>/config`; an object id has letters, digits, - and _ only. */
export function discoveryTopic(prefix: string, { root }: Pick<RemoteTopics, "root">): string {
  return `${prefix}/device/${objectId(root)}/config`;
}

/** The whole message, without what was taken away. */
export function discoveryOf(facts: DiscoveryFacts): Discovery {
  const { device, version, topics } = facts;
  const id = objectId(topics.root);
  const parts = [
    ...deviceComponents(facts),
    ...facts.cameras.flatMap((camera) => cameraComponents(camera, facts)),
    ...driveComponents(facts),
  ];
  return {
    device: {
      identifiers: [id],
      name: device,
      manufacturer: "Outrider",
      model: facts.moves ? "Car" : "Camera post",
      sw_version: version,
    },
    origin: { name: "Outrider", sw_version: version },
    // `stopped` is a goodbye, and a word that Home Assistant does not know: without the template it would leave everything available.
    availability: [
      { topic: topics.availability, value_template: "{{ 'online' if value == 'online' else 'offline' }}" },
    ],
    components: Object.fromEntries(
      parts.map(({ key, ...component }) => [key, { unique_id: `${id}_${key}`, ...component } as Component]),
    ),
  };
}

function objectId(root: string): string {
  return root.replaceAll(/[^A-Za-z0-9_-]/g, "_");
}
