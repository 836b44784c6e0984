// A part of a device in Home Assistant's words (MQTT discovery), as far as ours use them. Full names: the short ones save 1 kB once.

/** What stands in every part. */
type Common = {
  /** Stays the same for ever: Home Assistant keeps a person's names and rooms under it. */
  readonly unique_id: string;
  /** null: the name of the device itself. */
  readonly name: string | null;
  readonly icon?: string;
  readonly entity_category?: "config" | "diagnostic";
  readonly json_attributes_topic?: string;
  readonly json_attributes_template?: string;
};

/** Reads a word or a figure off a topic. */
type Reading = {
  readonly state_topic: string;
  readonly value_template: string;
  /** Seconds after which it counts as not known. */
  readonly expire_after?: number;
};

/** Sends a request. */
type Commanding = { readonly command_topic: string; readonly qos: 1; readonly retain: false };

export type Component =
  | (Common & { readonly platform: "camera"; readonly topic: string })
  | (Common &
      Reading & {
        readonly platform: "sensor";
        readonly device_class?: string;
        readonly state_class?: "measurement" | "total_increasing";
        readonly unit_of_measurement?: string;
        readonly suggested_display_precision?: number;
      })
  | (Common & Reading & { readonly platform: "binary_sensor"; readonly device_class?: string })
  | (Common &
      Reading &
      Commanding & {
        readonly platform: "switch";
        readonly payload_on: string;
        readonly payload_off: string;
        readonly state_on: string;
        readonly state_off: string;
      })
  | (Common &
      Commanding & {
        readonly platform: "button";
        readonly device_class?: string;
        readonly payload_press: string;
      });

/** Takes a part away that was announced before. */
export type RemovedComponent = { readonly platform: Component["platform"] };
