// The same backlog to a server that refuses a share of the requests, and to one that does not: what is left of the speed.
import { type Backlog, type BacklogOptions, describeBacklogBench, runBacklogBench } from "./backlog.ts";

export type RefusedBacklog = {
  readonly share: number;
  readonly clean: Backlog;
  readonly refused: Backlog;
  /** Bytes a second, as a share of those of the clean run. */
  readonly goodput: number;
  readonly problems: readonly string[];
};

const leastGoodput = 0.6;

/** Runs both, the link left alone. @param options.refuse share of the requests */
export async function runRefusedBacklog(
  options: BacklogOptions & { readonly refuse: number },
): Promise<RefusedBacklog> {
  const { refuse: share } = options;
  const run = (refuse: number): Promise<Backlog> => runBacklogBench({ ...options, cuts: false, refuse });
  const clean = await run(0);
  const refused = await run(share);
  const goodput = refused.neededBytes / refused.seconds / (clean.neededBytes / clean.seconds);
  // What was refused was sent for nothing: that is no fault of ours.
  const problems = [clean, refused].flatMap((each) =>
    each.problems.filter((problem) => !problem.startsWith("sent again")),
  );
  if (goodput < leastGoodput)
    problems.push(`goodput: expected at least ${leastGoodput}, got ${goodput.toFixed(2)}`);
  return { share, clean, refused, goodput, problems };
}

/** The figures for a person. */
export function describeRefusedBacklog({ share, clean, refused, goodput, problems }: RefusedBacklog): string {
  const verdict = problems.length === 0 ? "all there" : `BROKEN: ${problems.join("; ")}`;
  return [
    `clean: ${describeBacklogBench(clean).split("\n", 1)[0]}`,
    `${(share * 100).toFixed(0)} % refused: ${describeBacklogBench(refused).split("\n", 1)[0]}`,
    `goodput ${(goodput * 100).toFixed(0)} % of the clean run: ${verdict}`,
  ].join("\n");
}
