// What an import is asked to do, and how the words of its options are read: every mistake at once.
import type { SourceApi } from "../../sync/clients/annotation-api.ts";
import { sourceApis } from "../../sync/clients/annotation-rules.ts";
import type { RiskScore } from "../../sync/clients/platform-api.ts";
import type { ClusterOptions } from "./cluster.ts";
import { dayOf, daysBetween, isDay } from "./days.ts";
import { readSequenceList } from "./sequence-list.ts";

/** The options as they were typed; what was not given is not there. */
export type ImportFlags = {
  readonly dateFrom?: string;
  readonly dateEnd?: string;
  readonly urlApiPlatform?: string;
  readonly urlApiAnnotation?: string;
  readonly detectionsLimit?: string;
  readonly detectionsOrderBy?: string;
  readonly confidenceThreshold?: string;
  readonly iouThreshold?: string;
  readonly minClusterSize?: string;
  readonly strictIou?: boolean;
  readonly serverClustering?: boolean;
  readonly maxSequences?: string;
  readonly sequenceList?: string;
  readonly maxWorkers?: string;
  readonly riskScore?: string;
  readonly splitObjects?: boolean;
  readonly skipBoxless?: boolean;
  readonly sourceApi?: string;
  readonly pictureTransfer?: string;
  readonly sourceAnnotationUrl?: string;
  readonly cloneProcessingStage?: string;
  readonly cloneCountOnly?: boolean;
  readonly skipPlatformFetch?: boolean;
  readonly overwrite?: boolean;
  readonly dryRun?: boolean;
  readonly to?: string;
};

export type PictureTransfer = "upload" | "url" | "bucket-copy";

export type ImportOptions = {
  readonly to: "annotation" | "store";
  readonly platformUrl: string;
  readonly annotationUrl: string;
  /** UTC days, YYYY-MM-DD, both included; null: whatever the list of sequences, or the cloned service, holds. */
  readonly days: { readonly from: string; readonly end: string } | null;
  /** Ids at the source; null: all. */
  readonly sequenceIds: readonly number[] | null;
  /** null: all. */
  readonly maxSequences: number | null;
  readonly maxWorkers: number;
  readonly detectionsLimit: number;
  readonly detectionsOrder: "asc" | "desc";
  /** null: the platform hides what its fire weather calls unlikely. */
  readonly riskScore: RiskScore | null;
  /** How boxes become tracks. */
  readonly clusters: ClusterOptions;
  readonly splitObjects: boolean;
  readonly skipBoxless: boolean;
  readonly sourceApi: SourceApi;
  readonly pictures: PictureTransfer;
  /** Another annotation API instead of the platform. */
  readonly clone: { readonly url: string; readonly stage: string; readonly countOnly: boolean } | null;
  readonly skipPlatformFetch: boolean;
  readonly overwrite: boolean;
  readonly dryRun: boolean;
};

/** What holds when an option is not given. */
export const importDefaults = {
  urlApiPlatform: "https://alertapi.pyronear.org",
  urlApiAnnotation: "http://localhost:5050",
  detectionsLimit: "30",
  detectionsOrderBy: "asc",
  confidenceThreshold: "0.0",
  iouThreshold: "0.3",
  minClusterSize: "1",
  maxSequences: "0",
  maxWorkers: "4",
  riskScore: "extreme",
  pictureTransfer: "upload",
  cloneProcessingStage: "no_annotation",
  to: "annotation",
} as const;

const riskScores = ["very_low", "low", "moderate", "high", "very_high", "extreme", "none"] as const;
const pictureTransfers = ["upload", "url", "bucket-copy"] as const;
/** Those of today, those of older services, and two words that are none. */
const cloneStages = [
  "no_annotation",
  "imported",
  "ready_to_annotate",
  "under_annotation",
  "seq_annotation_done",
  "needs_manual",
  "annotated",
  "all",
] as const;

/** The options, or everything that is wrong with them. */
export type OptionsRead =
  | { readonly options: ImportOptions; readonly problems: readonly [] }
  | { readonly options: null; readonly problems: readonly string[] };

/** Reads the options. @param nowMs wall clock, ms since 1970: the default of --date-end is its UTC day. */
export function readImportOptions(flags: ImportFlags, nowMs: number): OptionsRead {
  const problems: string[] = [];
  const wrong = <T>(problem: string, instead: T): T => {
    problems.push(problem);
    return instead;
  };
  const text = (name: keyof typeof importDefaults): string => flags[name] ?? importDefaults[name];
  const number = (name: keyof typeof importDefaults, min: number, max: number, whole: boolean): number => {
    const given = text(name);
    const value = given.trim() === "" ? Number.NaN : Number(given);
    const fits =
      Number.isFinite(value) && value >= min && value <= max && (!whole || Number.isInteger(value));
    const kind = whole ? "a whole number" : "a number";
    return fits
      ? value
      : wrong(`${flagOf(name)}: expected ${kind} from ${min} to ${max}, got "${given}"`, min);
  };
  const choice = <T extends string>(flag: string, given: string, choices: readonly T[]): T =>
    choices.find((each) => each === given) ??
    wrong(`${flag}: expected ${choices.join(", ")}, got "${given}"`, choices[0]!);
  const address = (flag: string, given: string): string => {
    const problem = addressProblem(given);
    return problem === null ? given.replace(/\/+$/, "") : wrong(`${flag}: ${problem}`, "http://127.0.0.1");
  };
  const read = readSequenceList(flags.sequenceList);
  if (read.problem !== null) problems.push(`--sequence-list: ${read.problem}`);
  problems.push(...conflictsOf(flags));

  const platformUrl = address("--url-api-platform", text("urlApiPlatform"));
  const strict = (flags.strictIou ?? false) || (flags.serverClustering ?? false);
  const risk = choice("--risk-score", text("riskScore"), riskScores);
  const maxSequences = number("maxSequences", 0, 1_000_000, true);
  const options: ImportOptions = {
    to: choice("--to", text("to"), ["annotation", "store"]),
    platformUrl,
    annotationUrl: address("--url-api-annotation", text("urlApiAnnotation")),
    days: readDays(flags, nowMs, problems),
    sequenceIds: read.ids,
    maxSequences: maxSequences === 0 ? null : maxSequences,
    maxWorkers: number("maxWorkers", 1, 32, true),
    detectionsLimit: number("detectionsLimit", 1, 10_000, true),
    detectionsOrder: choice("--detections-order-by", text("detectionsOrderBy"), ["asc", "desc"]),
    riskScore: risk === "none" ? null : risk,
    clusters: {
      confidenceThreshold: number("confidenceThreshold", 0, 1, false),
      iouThreshold:
        flags.serverClustering && flags.iouThreshold === undefined ? 0 : number("iouThreshold", 0, 1, false),
      minClusterSize: number("minClusterSize", 1, 1_000_000, true),
      strict,
    },
    splitObjects: flags.splitObjects ?? false,
    skipBoxless: flags.skipBoxless ?? false,
    sourceApi: choice("--source-api", flags.sourceApi ?? sourceApiOf(platformUrl), sourceApis),
    pictures: choice("--picture-transfer", text("pictureTransfer"), pictureTransfers),
    clone:
      flags.sourceAnnotationUrl === undefined
        ? null
        : {
            url: address("--source-annotation-url", flags.sourceAnnotationUrl),
            stage: choice("--clone-processing-stage", text("cloneProcessingStage"), cloneStages),
            countOnly: flags.cloneCountOnly ?? false,
          },
    skipPlatformFetch: flags.skipPlatformFetch ?? false,
    overwrite: flags.overwrite ?? false,
    dryRun: flags.dryRun ?? false,
  };
  if (options.clone !== null && options.clone.url === options.annotationUrl)
    problems.push(`--source-annotation-url: expected another service than --url-api-annotation`);
  return problems.length === 0 ? { options, problems: [] } : { options: null, problems };
}

/** The days asked for; problems are added to the list. */
function readDays(flags: ImportFlags, nowMs: number, problems: string[]): ImportOptions["days"] {
  const { dateFrom: from, dateEnd } = flags;
  const before = problems.length;
  const isFree = flags.sequenceList !== undefined || flags.sourceAnnotationUrl !== undefined;
  if (from === undefined) {
    if (dateEnd !== undefined) problems.push("--date-from is missing: --date-end alone says no days");
    else if (!isFree || flags.skipPlatformFetch)
      problems.push("--date-from is missing: give the first day, YYYY-MM-DD");
    return null;
  }
  const end = dateEnd ?? dayOf(nowMs);
  for (const [flag, day] of [
    ["--date-from", from],
    ["--date-end", end],
  ] as const)
    if (!isDay(day)) problems.push(`${flag}: expected a day of the calendar, YYYY-MM-DD, got "${day}"`);
  if (problems.length > before) return null;
  if (from > end) {
    problems.push(
      `Invalid combination of --date-from and --date-end parameters: --date-from must be earlier than or equal to --date-end, got ${from} and ${end}${dateEnd === undefined ? " (today, UTC)" : ""}`,
    );
    return null;
  }
  try {
    daysBetween(from, end);
  } catch (cause) {
    problems.push(`--date-from, --date-end: ${(cause as RangeError).message}`);
  }
  return { from, end };
}

/** Options that say two things at once, or nothing without another. */
function conflictsOf(flags: ImportFlags): readonly string[] {
  const toStore = flags.to === "store";
  const clones = flags.sourceAnnotationUrl !== undefined;
  const pairs: readonly (readonly [boolean, string])[] = [
    [
      toStore && flags.skipPlatformFetch === true,
      "--skip-platform-fetch brings nothing in: leave out --to store",
    ],
    [toStore && flags.overwrite === true, "--overwrite is about annotations: leave out --to store"],
    [toStore && flags.skipBoxless === true, "--skip-boxless is about annotations: leave out --to store"],
    [
      toStore && flags.pictureTransfer !== undefined && flags.pictureTransfer !== "upload",
      "--picture-transfer: the store takes the pictures themselves: leave it out, or --to store",
    ],
    [
      clones && flags.skipPlatformFetch === true,
      "--skip-platform-fetch reads nothing to clone: leave out --source-annotation-url",
    ],
    [
      clones && flags.splitObjects === true,
      "--split-objects needs the platform: leave out --source-annotation-url",
    ],
    [
      clones && flags.pictureTransfer === "bucket-copy",
      "--picture-transfer bucket-copy: another annotation API shows no bucket; give upload or url",
    ],
    [
      !clones && flags.cloneProcessingStage !== undefined,
      "--clone-processing-stage needs --source-annotation-url",
    ],
    [!clones && flags.cloneCountOnly === true, "--clone-count-only needs --source-annotation-url"],
    [
      flags.skipPlatformFetch === true && flags.splitObjects === true,
      "--split-objects needs the platform: leave out --skip-platform-fetch",
    ],
  ];
  return pairs.filter(([both]) => both).map(([, words]) => words);
}

function addressProblem(given: string): string | null {
  const url = URL.canParse(given) ? new URL(given) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    return `expected an address like https://host or http://host:port, got "${given.replace(/\/\/[^/@]*@/, "//***@")}"`;
  if (url.username !== "" || url.password !== "")
    return `expected an address without user and password (they come from the environment), got one of ${url.host}`;
  return null;
}

/** Which of the closed list a platform is: CENIA has its own, the others are the French one. */
function sourceApiOf(platformUrl: string): SourceApi {
  return new URL(platformUrl).hostname.includes("cenia") ? "api_cenia" : "pyronear_french";
}

/** `dateFrom` → `--date-from`. */
function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
