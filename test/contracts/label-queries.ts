// The query files of the label-index contract and the labels each must find, by number in label-documents.ts.
// Expectations were checked on real Elasticsearch 7.10.2 and OpenSearch 2.19.3 nodes.

/** What the query says, the query file, and the numbers of the labels it finds, in the order of the answer. */
export type QueryCase = readonly [
  title: string,
  query: Readonly<Record<string, unknown>>,
  found: readonly number[],
];

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const training = [...range(0, 7), 8, 9, 29];
const race = range(10, 19);
const hall = range(20, 26);
const everything = [28, ...training, ...race, ...hall, 27];
const without = (...left: readonly number[]): number[] => everything.filter((n) => !left.includes(n));

/** The cases. 27 (no timestamp) always comes last; 28 is the oldest. */
export const queryCases: readonly QueryCase[] = [
  ["no condition", {}, everything],
  ["a template with blanks", { event: { type: "", query: "x" }, track: { query: "" } }, everything],

  // match: text is cut into lower-case words, keywords are taken whole.
  ["match one word of a text", { track_type: { type: "match", query: "double" } }, race],
  [
    "match ignores case in a text",
    { track_type: { type: "match", query: "SINGLE" } },
    [...training, ...hall, 27],
  ],
  [
    "match of several words finds any of them",
    { comment: { type: "match", query: "wet race" } },
    [...training, ...race],
  ],
  [
    "match with operator and finds all of them",
    { comment: { type: "match", query: "night wet", operator: "and" } },
    training,
  ],
  ["match cuts at a hyphen, not at an underscore", { event: { type: "match", query: "day_2" } }, race],
  ["match does not find half a word", { event: { type: "match", query: "train" } }, []],
  [
    "match of words with an apostrophe and an accent",
    { track: { type: "match", query: "l'Été" } },
    [...hall, 27],
  ],
  ["match of an empty text finds nothing", { event: { type: "match", query: "" } }, []],
  [
    "match on a keyword takes it whole",
    { "label.created_by": { type: "match", query: "autopilot v1" } },
    [10, 11, 12],
  ],
  ["match on a keyword minds case", { "label.created_by": { type: "match", query: "alice" } }, [8]],
  [
    "match on a keyword does not find one word",
    { "label.created_by": { type: "match", query: "autopilot" } },
    [],
  ],
  ["match on a number", { "label.label_direction": { type: "match", query: 4 } }, [3, 4, 15, 16]],
  [
    "match on a number written as text",
    { "label.label_direction": { type: "match", query: "4" } },
    [3, 4, 15, 16],
  ],
  [
    "match on a label that is a number in quotes",
    { "label.label_direction": { type: "match", query: 1 } },
    [6, 8, 17, 18, 25, 26, 27],
  ],
  ["match on true and false", { raw_picture: { type: "match", query: false } }, [4, 9, 14, 19, 24, 29]],
  ["match a day on a date", { timestamp: { type: "match", query: "20200204" } }, training],

  // sub-fields
  [
    "match on the keyword of a text takes it whole",
    { track_type: { type: "match", field: "keyword", query: "single lane" } },
    training,
  ],
  [
    "term on the keyword of a text minds case",
    { track_type: { type: "term", field: "keyword", value: "Single Lane" } },
    [...hall, 27],
  ],

  // match_phrase
  [
    "match_phrase finds the words side by side",
    { comment: { type: "match_phrase", query: "night session" } },
    training,
  ],
  ["match_phrase minds their order", { comment: { type: "match_phrase", query: "session night" } }, []],
  ["match_phrase crosses punctuation", { track: { type: "match_phrase", query: "2 LONG" } }, race],

  // term and terms are taken as they are written
  [
    "term on a text finds a lower-case word",
    { comment: { type: "term", value: "night" } },
    [...training, ...race],
  ],
  ["term on a text with a capital finds nothing", { comment: { type: "term", value: "Night" } }, []],
  ["term on an integer", { "label.label_speed": { type: "term", value: -1 } }, [18, 19]],
  [
    "term on a float",
    { "raw_value.normalized_speed": { type: "term", value: 0.4 } },
    [3, 4, 5, 7, 8, 9, 10, 11, 15, 16, 18, 19, 21, 23, 24],
  ],
  ["term on an img_id", { img_id: { type: "term", value: "0_1_r1537607726.37" } }, [28]],
  [
    "term on a picture with two labels finds both",
    { img_id: { type: "term", value: "20200204T15-23-20-581268" } },
    [7, 8],
  ],
  [
    "terms on integers",
    { "label.label_direction": { type: "terms", values: [0, 4] } },
    [3, 4, 7, 9, 15, 16, 19],
  ],
  [
    "terms on keywords",
    { "label.created_by": { type: "terms", values: ["alice", "bob", "nobody"] } },
    [8, 17, 18, 19],
  ],
  ["terms with an empty list finds nothing", { "label.created_by": { type: "terms", values: [] } }, []],

  // range
  [
    "range of full time stamps",
    { timestamp: { type: "range", gte: "20200210T16-24-40-500000", lte: "20200210T16-25-00-500000" } },
    [11, 12, 13],
  ],
  [
    "range is open with gt and lt",
    { timestamp: { type: "range", gt: "20200210T16-24-40-500000", lt: "20200210T16-25-00-500000" } },
    [12],
  ],
  [
    "range of days as yyyyMMdd holds the whole last day",
    { timestamp: { type: "range", gte: "20200210", lte: "20200301" } },
    [...race, ...range(20, 25)],
  ],
  [
    "range of days as dd/MM/yyyy",
    { timestamp: { type: "range", gte: "10/02/2020", lt: "01/03/2020" } },
    race,
  ],
  ["range gt a day begins after it", { timestamp: { type: "range", gt: "01/03/2020" } }, [26]],
  [
    "range of integers",
    { "raw_value.raw_direction": { type: "range", gte: 290, lt: 327 } },
    [6, 8, 17, 18, 25, 26, 27],
  ],
  [
    "range of integers with bounds as text",
    { "label.label_direction": { type: "range", gt: "3" } },
    [3, 4, 15, 16],
  ],
  ["range of floats", { "raw_value.normalized_direction": { type: "range", lt: -0.2 } }, [7, 9, 19]],
  [
    "range of a number that is sometimes unknown",
    { "car_setting.camera.camera_position": { type: "range", gt: 120 } },
    [4, 5, 6, 18, 19],
  ],
  [
    "range of keywords goes by their characters",
    { img_id: { type: "range", gte: "20200301", lt: "20200302" } },
    range(20, 25),
  ],
  [
    "a template's blank bounds are left out",
    { timestamp: { type: "range", gte: "20200301", lte: "" } },
    hall,
  ],

  // wildcard and prefix
  ["wildcard on a keyword", { "label.created_by": { type: "wildcard", value: "auto*v?" } }, range(10, 15)],
  ["wildcard on the words of a text", { comment: { type: "wildcard", value: "*loo?" } }, training],
  [
    "wildcard on the keyword of a text",
    { track: { type: "wildcard", field: "keyword", value: "Track*(*)" } },
    race,
  ],
  ["prefix on a keyword", { s3_bucket: { type: "prefix", value: "pictures/training/" } }, training],
  [
    "prefix on a keyword minds case",
    { "label.created_by": { type: "prefix", value: "a" } },
    without(16, 17, 18, 19),
  ],
  ["prefix on the words of a text", { event: { type: "prefix", value: "day" } }, race],

  // exists
  ["exists: not where it is null", { "label.label_direction": { type: "exists" } }, without(24, 28)],
  ["exists: not where the list is empty", { "dataset.name": { type: "exists" } }, [5, 6, 7, 22, 23]],
  ["exists: an empty text is there", { comment: { type: "exists", bool: "must_not" } }, [28]],
  ["exists on an object", { hardware_conf: { type: "exists" } }, without(28)],
  ["exists on a date", { upload_date: { type: "exists" } }, range(0, 9)],

  // lists of objects
  ["match in a list of objects", { "dataset.name": { type: "match", query: "best" } }, [6, 7, 22, 23]],
  [
    "keyword in a list of objects, one entry whole",
    { "dataset.name": { type: "match", field: "keyword", query: "best" } },
    [22, 23],
  ],
  [
    "keyword in a list with several entries",
    { "dataset.name": { type: "term", field: "keyword", value: "corners" } },
    [5, 6, 23],
  ],
  ["a number in a list", { "label.raw_dir_to_label_mapping": { type: "term", value: 364 } }, without(28)],

  // deep objects
  [
    "a path three objects deep",
    { "car_setting.camera.exposure_mode": { type: "term", value: "off" } },
    without(28),
  ],
  [
    "a name with a hyphen",
    { "car_setting.camera.resolution-horizontal": { type: "range", gte: 160 } },
    without(28),
  ],
  ["a field that only the session template brought", { weather: { type: "match", query: "rain" } }, [29]],
  ["its keyword", { weather: { type: "term", field: "keyword", value: "Heavy rain" } }, [29]],

  // clauses
  [
    "filter counts as must",
    {
      event: { type: "match", bool: "filter", query: "training" },
      "label.label_speed": { type: "term", bool: "filter", value: 0 },
    },
    [3, 4, 5, 7, 8, 9],
  ],
  [
    "must and filter together",
    {
      event: { type: "match", query: "training" },
      timestamp: { type: "range", bool: "filter", gte: "20200204T15-23-20-381268" },
    },
    [5, 6, 7, 8, 9, 29],
  ],
  [
    "must_not leaves out",
    {
      event: { type: "match", query: "training" },
      "label.created_by": { type: "term", bool: "must_not", value: "auto" },
    },
    [8],
  ],
  [
    "must_not alone finds the rest, without the field too",
    { event: { type: "exists", bool: "must_not" } },
    [28],
  ],
  [
    "must_not with a list leaves out if any entry has it",
    { "dataset.name": { type: "term", field: "keyword", bool: "must_not", value: "corners" } },
    without(5, 6, 23),
  ],
  [
    "should: one of them is enough",
    {
      "label.created_by": { type: "term", bool: "should", value: "alice" },
      "dataset.name": { type: "match", bool: "should", query: "corners" },
    },
    [5, 6, 8, 23],
  ],
  [
    "should beside must: both count",
    {
      event: { type: "match", query: "training" },
      "label.created_by": { type: "term", bool: "should", value: "alice" },
      "dataset.name": { type: "match", bool: "should", query: "corners" },
    },
    [5, 6, 8],
  ],
  [
    "should, filter and must_not together",
    {
      "label.label_direction": { type: "terms", bool: "should", values: [0, 4] },
      raw_picture: { type: "term", bool: "filter", value: true },
      event: { type: "match", bool: "must_not", query: "race" },
    },
    [3, 7],
  ],

  // fields that nobody has
  ["an unknown field finds nothing", { "raw_value.nonsense": { type: "match", query: "x" } }, []],
  ["an unknown field in a range finds nothing", { nonsense: { type: "range", gte: 1 } }, []],
  ["an unknown field does not exist", { nonsense: { type: "exists" } }, []],
  [
    "must_not on an unknown field finds everything",
    { nonsense: { type: "term", bool: "must_not", value: 1 } },
    everything,
  ],
];
