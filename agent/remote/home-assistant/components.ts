// The parts of a device in Home Assistant: what can be seen, switched and pressed. Templates are Jinja, read by Home Assistant.
import type { Component } from "./component.ts";
import type { DiscoveryFacts } from "./discovery.ts";

type Keyed<C> = C extends unknown ? Omit<C, "unique_id"> & { readonly key: string } : never;
/** A part under its key in the message. */
export type KeyedComponent = Keyed<Component>;

/** A figure that may not be there yet: Home Assistant reads None as "unknown". */
function figure(path: string, then = ""): string {
  const value = `value_json.${path}`;
  return `{{ (${value})${then} if ${value} is number else none }}`;
}

function onOff(condition: string): string {
  return `{{ 'ON' if ${condition} else 'OFF' }}`;
}

function request(facts: DiscoveryFacts, command: string) {
  return { command_topic: `${facts.topics.root}/request/${command}`, qos: 1, retain: false } as const;
}

/** What every device has. */
export function deviceComponents(facts: DiscoveryFacts): readonly KeyedComponent[] {
  const { topics, cameras, commands, healthEveryMs } = facts;
  // Three healths that did not come: what the last one said is no longer known.
  const health = { state_topic: topics.health, expire_after: Math.ceil((3 * healthEveryMs) / 1000) };
  const seconds = {
    device_class: "duration",
    state_class: "measurement",
    unit_of_measurement: "s",
    suggested_display_precision: 0,
  } as const;
  const age = (key: string, name: string, field: string): KeyedComponent => ({
    key,
    platform: "sensor",
    name,
    entity_category: "diagnostic",
    ...health,
    ...seconds,
    value_template: figure(`ages.${field}`),
  });
  const takes = (command: string): boolean => commands.includes(command);
  const records = cameras.some(({ record }) => record);
  return [
    ...(records && takes("record")
      ? [
          {
            key: "record",
            platform: "switch",
            name: "Recording",
            icon: "mdi:record-rec",
            state_topic: topics.recordState,
            value_template: onOff("value_json.state != 'stopped'"),
            state_on: "ON",
            state_off: "OFF",
            payload_on: '{"action":"start"}',
            payload_off: '{"action":"stop"}',
            ...request(facts, "record"),
          } as const,
          {
            key: "mark",
            platform: "button",
            name: "Mark this moment",
            icon: "mdi:bookmark-plus",
            payload_press: '{"action":"mark","note":"Home Assistant"}',
            ...request(facts, "record"),
          } as const,
        ]
      : []),
    {
      key: "problem",
      platform: "binary_sensor",
      name: "Problem",
      device_class: "problem",
      ...health,
      value_template: onOff("not value_json.ok | default(true) or value_json.problem"),
      json_attributes_topic: topics.health,
      json_attributes_template:
        "{{ {'problems': value_json.problems | default([]), 'problem': value_json.problem | default(none)} | tojson }}",
    },
    {
      key: "disk_hours",
      platform: "sensor",
      name: "Disk, hours of capture left",
      icon: "mdi:harddisk",
      ...health,
      ...seconds,
      unit_of_measurement: "h",
      suggested_display_precision: 1,
      value_template: figure("disk.hoursLeft", " | round(1)"),
    },
    {
      key: "disk_free",
      platform: "sensor",
      name: "Disk free",
      icon: "mdi:harddisk",
      ...health,
      device_class: "data_size",
      state_class: "measurement",
      unit_of_measurement: "GB",
      suggested_display_precision: 1,
      value_template: figure("disk.freeBytes", " / 1e9"),
    },
    {
      key: "queue",
      platform: "sensor",
      name: "Queue",
      icon: "mdi:tray-full",
      ...health,
      state_class: "measurement",
      value_template:
        "{% set n = namespace(sum=0) %}{% for lanes in value_json.queue.values() %}{% set n.sum = n.sum + (lanes.values() | sum) %}{% endfor %}{{ n.sum }}",
    },
    {
      key: "temperature",
      platform: "sensor",
      name: "Temperature",
      entity_category: "diagnostic",
      ...health,
      device_class: "temperature",
      state_class: "measurement",
      unit_of_measurement: "°C",
      suggested_display_precision: 1,
      value_template: figure("temperatureC"),
    },
    age("age_picture", "Age of the newest picture", "newestPicture"),
    age("age_frame", "Age of the newest frame kept", "newestFrame"),
    age("age_commit", "Age of the newest commit", "commit"),
    age("age_acknowledgement", "Age of the newest acknowledgement", "acknowledgement"),
    ...(takes("sync")
      ? [
          {
            key: "sync",
            platform: "button",
            name: "Send now",
            icon: "mdi:cloud-upload",
            payload_press: '{"action":"now"}',
            ...request(facts, "sync"),
          } as const,
        ]
      : []),
    ...(takes("restart")
      ? [
          {
            key: "restart",
            platform: "button",
            name: "Restart",
            device_class: "restart",
            entity_category: "config",
            payload_press: "{}",
            ...request(facts, "restart"),
          } as const,
        ]
      : []),
  ];
}

/** What a camera has. */
export function cameraComponents(
  camera: DiscoveryFacts["cameras"][number],
  { topics }: DiscoveryFacts,
): readonly KeyedComponent[] {
  const { id } = camera;
  const status = topics.cameraStatus(id);
  return [
    { key: `picture_${id}`, platform: "camera", name: `Camera ${id}`, topic: topics.cameraPicture(id) },
    {
      key: `snapshot_${id}`,
      platform: "button",
      name: `Camera ${id}: new picture`,
      icon: "mdi:camera",
      payload_press: JSON.stringify({ camera: id }),
      command_topic: topics.controlPicture,
      qos: 1,
      retain: false,
    },
    {
      key: `online_${id}`,
      platform: "binary_sensor",
      name: `Camera ${id}`,
      device_class: "connectivity",
      entity_category: "diagnostic",
      state_topic: status,
      value_template: onOff("value_json.state == 'online'"),
    },
    ...(camera.watch
      ? [
          {
            key: `alert_${id}`,
            platform: "binary_sensor",
            name: `Camera ${id}: something is there`,
            device_class: "occupancy",
            state_topic: status,
            value_template: onOff("(value_json.watch | default({})).openSequences | default(0) > 0"),
          } as const,
        ]
      : []),
  ];
}

/** What a car has. */
export function driveComponents(facts: DiscoveryFacts): readonly KeyedComponent[] {
  if (!facts.moves) return [];
  const stop: KeyedComponent = {
    key: "stop",
    platform: "button",
    name: "Stop the car",
    icon: "mdi:car-brake-alert",
    payload_press: '{"action":"stop","reason":"Home Assistant"}',
    ...request(facts, "drive"),
  };
  const driver: KeyedComponent = {
    key: "driver",
    platform: "sensor",
    name: "Driver",
    icon: "mdi:steering",
    state_topic: facts.topics.driveState,
    value_template: "{{ value_json.driver or 'nobody' }}",
  };
  return facts.commands.includes("drive") ? [driver, stop] : [driver];
}
