// `outrider bench import`: the parts of it that were asked for, one after the other.
import { type Clustering, describeClustering, measureClustering } from "./import/clustering.ts";
import { type Disturbed, describeDisturbed, disturbImports } from "./import/disturbed.ts";
import { describeThroughput, measureThroughput, type Throughput } from "./import/throughput.ts";

export type ImportBenchOptions = {
  /** Of throughput, disturbed, clustering. */
  readonly only: readonly string[];
  /** How this very program is started. */
  readonly program: readonly string[];
  readonly work: string;
  readonly sequences: number;
  readonly detections: number;
  readonly pictureBytes: number;
  readonly latencyMs: number;
  readonly workers: number;
  readonly baseline: number;
  readonly disturbedSequences: number;
  readonly disturbedDetections: number;
  readonly kills: number;
  readonly faultShare: number;
  readonly boxes: number;
  readonly vectors: string | null;
  readonly seed: number;
  readonly say: (words: string) => void;
  readonly signal: AbortSignal;
};

/** null: it was not asked for. */
export type ImportBench = {
  readonly throughput: Throughput | null;
  readonly disturbed: Disturbed | null;
  readonly clustering: Clustering | null;
  /** What is wrong, whatever the machine. */
  readonly problems: readonly string[];
};

/** Pictures of a disturbed import are small: what is looked at is what becomes of them. */
const disturbedPictureBytes = 2000;

export async function runImportBench(options: ImportBenchOptions): Promise<ImportBench> {
  const { only } = options;
  const clustering = only.includes("clustering") ? measureClustering(options) : null;
  const disturbed = only.includes("disturbed")
    ? await disturbImports({
        ...options,
        sequences: options.disturbedSequences,
        detections: options.disturbedDetections,
        pictureBytes: disturbedPictureBytes,
      })
    : null;
  const throughput = only.includes("throughput") ? await measureThroughput(options) : null;
  const problems = [clustering, disturbed, throughput].flatMap((part) => part?.problems ?? []);
  return { throughput, disturbed, clustering, problems };
}

export function describeImportBench({ throughput, disturbed, clustering }: ImportBench): string {
  return [
    ...(throughput === null ? [] : [describeThroughput(throughput)]),
    ...(disturbed === null ? [] : [describeDisturbed(disturbed)]),
    ...(clustering === null ? [] : [describeClustering(clustering)]),
  ].join("\n\n");
}
