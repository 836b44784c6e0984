// Labels and query files made by chance from a seed, with odd values on purpose, to compare two label indexes.
import type { LabelDocument } from "../../device/label.ts";

/** A seeded source of chance: picks from lists. */
export type Chance = {
  /** A whole number of 0…below−1. */
  readonly below: (below: number) => number;
  readonly pick: <T>(values: readonly T[]) => T;
  readonly happens: (share: number) => boolean;
};

/** Chance from a seed (mulberry32). */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { below, pick: (values) => values[below(values.length)]!, happens: (share) => next() < share };
}

const texts = [
  "training",
  "Training_3",
  "Race Day 2",
  "single lane",
  "Single-Lane",
  "lane single lane",
  "",
  " ",
  "l'été à 3.14",
  "ÉTÉ",
  "wet, night session",
  "night night session",
  "日本 test",
  "a*b",
  "a?b",
  "back\\slash",
  "20200204",
  "5",
  "true",
  "x".repeat(300),
  `y ${"z ".repeat(600)}`,
  "😀 drive",
];
const dates = [
  "20200204T15-23-19-881268",
  "20200204T15-23-19-881900",
  "20200204T23-59-59-999999",
  "20200205T00-00-00-000000",
  "20200204",
  "04/02/2020",
  "05/02/2020",
  "20191231",
  "20200229",
  "29/02/2020",
];
const badDates = ["20200230", "2020-02-04", "soon", "4/2/2020", "20200204T15-23-19", "20201301"];
// Not 20200230: the servers refuse it as `gte` and take it as `gt`; the local index refuses it always.
const badBounds = badDates.slice(1);
const numbers = [0, 1, 2, 3, 4, -1, 5, 127, 128, 300, 327, -32768, 32768, 0.1, 0.25, 0.4, 1.5, -0.2, 2.999];
const oddNumbers = ["1", "2.7", " 3", "unknown", "", "1e1"];

/** A label by chance; the same fields as a car's, often missing, listed or ill-typed. */
export function randomLabel(chance: Chance, n: number): LabelDocument {
  const maybe = <T>(values: readonly T[]): T | T[] | null | undefined => {
    if (chance.happens(0.15)) return chance.pick([null, undefined]);
    if (chance.happens(0.1)) return Array.from({ length: chance.below(3) }, () => chance.pick(values));
    return chance.pick(values);
  };
  const number = () => maybe<number | string>(chance.happens(0.1) ? oddNumbers : numbers);
  const date = () => maybe(chance.happens(0.1) ? badDates : dates);
  const document = {
    img_id: chance.pick(dates),
    label_fingerprint: n.toString(16).padStart(32, "0"),
    file_name: maybe(texts),
    timestamp: maybe(chance.happens(0.1) ? badDates : dates.slice(0, 4)),
    upload_date: date(),
    event: maybe(texts),
    track: maybe(texts),
    track_type: maybe(texts),
    track_picture: maybe(texts),
    comment: maybe(texts),
    raw_picture: maybe([true, false]),
    dataset: Array.from({ length: chance.below(3) }, () => ({
      name: maybe(texts),
      comment: "c",
      query: { a: 1 },
    })),
    raw_value: { raw_direction: number(), raw_speed: number(), normalized_speed: number() },
    hardware_conf: chance.happens(0.2) ? null : { car: maybe(texts), version: number() },
    car_setting: {
      camera: { camera_position: number() },
      constant: { label_to_raw_dir_mapping: numbers.slice(0, chance.below(5)) },
    },
    label: {
      label_direction: number(),
      label_speed: number(),
      created_by: chance.pick(["auto", "alice", "Alice B"]),
      created_on_date: date(),
    },
    weather: maybe(texts),
    laps: maybe(numbers.slice(0, 8)),
    wet: maybe([true, false]),
  };
  return document as unknown as LabelDocument;
}

const fields = {
  text: ["event", "track", "track_type", "comment", "dataset.name", "weather"],
  keyword: [
    "img_id",
    "file_name",
    "label.created_by",
    "hardware_conf.car",
    "event.keyword",
    "track.keyword",
    "dataset.name.keyword",
    "weather.keyword",
    "comment.keyword",
    "wet",
    "label_fingerprint",
  ],
  number: [
    "raw_value.raw_direction",
    "raw_value.normalized_speed",
    "hardware_conf.version",
    "label.label_direction",
    "label.label_speed",
    "car_setting.camera.camera_position",
    "car_setting.constant.label_to_raw_dir_mapping",
    "laps",
  ],
  date: ["timestamp", "upload_date", "label.created_on_date"],
  other: ["raw_picture", "track_picture", "dataset.comment", "nonsense", "hardware_conf", "label", "dataset"],
};

/** A query file of one to three conditions. */
export function randomQuery(chance: Chance): Record<string, unknown> {
  const query: Record<string, unknown> = {};
  const conditions = 1 + chance.below(3);
  for (let at = 0; at < conditions; at += 1) {
    const kind = chance.pick(["text", "text", "keyword", "number", "date", "other"] as const);
    query[chance.pick(fields[kind])] = {
      bool: chance.pick(["must", "match", "filter", "must_not", "should", ""]),
      ...randomCondition(chance, kind),
    };
  }
  return query;
}

function randomCondition(chance: Chance, kind: keyof typeof fields): Record<string, unknown> {
  const value = (): string | number | boolean => {
    if (chance.happens(0.05))
      return chance.pick<string | number | boolean>([...texts, ...numbers, ...dates, true]);
    if (kind === "number") return chance.pick<string | number>([...numbers, ...numbers, "1", "2.5"]);
    if (kind === "date") return chance.pick(chance.happens(0.05) ? badBounds : dates);
    if (kind === "other") return chance.pick<string | boolean>([true, false, "true", "a"]);
    const text = chance.pick([...texts, ...dates]);
    return chance.happens(0.3) ? text.slice(0, chance.below(6)) : text;
  };
  switch (chance.pick(["match", "term", "terms", "range", "wildcard", "prefix", "exists", "match_phrase"])) {
    case "match":
      return {
        type: "match",
        query: chance.happens(0.4) ? `${value()} ${value()}` : value(),
        ...(chance.happens(0.3) ? { operator: chance.pick(["and", "or", "AND"]) } : {}),
        ...(chance.happens(0.15)
          ? { minimum_should_match: chance.pick([1, 2, "75%", "-1", "-40%", 3]) }
          : {}),
        ...(chance.happens(0.1) ? { zero_terms_query: "all" } : {}),
      };
    case "match_phrase":
      return { type: "match_phrase", query: chance.happens(0.3) ? `${value()} ${value()}` : value() };
    case "term":
      return { type: "term", value: value() };
    case "terms":
      return { type: "terms", values: Array.from({ length: chance.below(4) }, value) };
    case "range": {
      const names = chance.pick([
        ["gte"],
        ["gt"],
        ["lte"],
        ["lt"],
        ["gte", "lte"],
        ["gt", "lt"],
        ["gte", "lt"],
      ]);
      // The servers refuse bounds of some thousand letters.
      const bounds = names.map((name) => [name, shortened(value())]);
      return { type: "range", ...Object.fromEntries(bounds) };
    }
    case "wildcard": {
      // The servers refuse patterns of some thousand letters; on words Elasticsearch 7 lower-cases a pattern and OpenSearch does not.
      const text = kind === "text" ? lowered(value()) : String(value()).slice(0, 100);
      const at = chance.below(text.length + 1);
      const wild = chance.pick(["*", "?", "**", "*?"]);
      return {
        type: "wildcard",
        value: chance.pick([
          `${text.slice(0, at)}${wild}`,
          `${wild}${text.slice(at)}`,
          `${text.slice(0, at)}${wild}${text.slice(at + 1)}`,
        ]),
      };
    }
    case "prefix":
      return { type: "prefix", value: String(value()).slice(0, chance.below(8)) };
    default:
      return { type: "exists" };
  }
}

function shortened(value: string | number | boolean): string | number | boolean {
  return typeof value === "string" ? value.slice(0, 100) : value;
}

function lowered(value: string | number | boolean): string {
  return String(shortened(value)).toLowerCase();
}
