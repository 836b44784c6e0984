// Individuals, suggestions and acts as lines for a person.
import type { MergePlan } from "./arrange.ts";
import { nameOf } from "./arrange.ts";
import type { IndividualDetails, IndividualSummary, JournalLine, Page, Suggestion } from "./review.ts";

export function describeIndividuals({ items, next }: Page<IndividualSummary>): string {
  if (items.length === 0) return "no individuals";
  return lines(
    items.map(({ id, name, species, status, sightings }) => [
      id,
      name,
      species ?? "-",
      status,
      `${sightings.verified} verified, ${sightings.labelled} labelled, ${sightings.suggested} suggested`,
    ]),
    next,
  );
}

export function describeSuggestions({ items, next }: Page<Suggestion>): string {
  if (items.length === 0) return "no suggestions wait";
  return lines(
    items.map(({ sighting, imgId, camera, name, score }) => [
      sighting,
      imgId,
      camera ?? "-",
      name ?? "new individual",
      score === null ? "-" : `${Math.round(score * 100)} %`,
    ]),
    next,
  );
}

export function describeIndividual(details: IndividualDetails): string {
  const { record, sightings, merged, seen, lastSeenUs, aliases } = details;
  const text = [
    `${nameOf(record)}, ${record.status}${record.species === null ? "" : `, ${record.species}`}`,
    `aliases   ${aliases.join(", ") || "none"}`,
    `tags      ${record.tags.join(", ") || "none"}`,
    `sightings ${sightings.verified} verified, ${sightings.labelled} labelled, ${sightings.suggested} suggested, ${sightings.rejected} rejected`,
    `last seen ${lastSeenUs === null ? "never" : timeOf(lastSeenUs)}`,
    ...(record.notes === "" ? [] : [`notes     ${record.notes}`]),
    ...(merged.length === 0 ? [] : [`merged    ${merged.map(nameOf).join(", ")}`]),
  ];
  return [
    ...text,
    ...seen.map(({ id, imgId, state, side, score, by }) =>
      ["", id, imgId, state, side, score === null ? "-" : score.toFixed(2), by].join("  "),
    ),
  ].join("\n");
}

export function describeActs({ items, next }: Page<JournalLine>): string {
  if (items.length === 0) return "nothing was done yet";
  return lines(
    items.map(({ id, atUs, by, summary, undoneBy }) => [
      id,
      timeOf(atUs),
      by,
      `${summary}${undoneBy === null ? "" : ` [undone by ${undoneBy}]`}`,
    ]),
    next,
  );
}

export function describePlan({ into, from, sightings, aliases, conflicts }: MergePlan): string {
  const total = Object.values(sightings).reduce((sum, count) => sum + count, 0);
  const states = Object.entries(sightings)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`);
  return [
    `would merge ${from.map(nameOf).join(", ")} into ${nameOf(into)}`,
    `sightings ${total}${states.length === 0 ? "" : ` (${states.join(", ")})`}`,
    `aliases   ${aliases.map(({ scope, value }) => `${scope}/${value}`).join(", ") || "none"}`,
    ...(conflicts.length === 0 ? ["conflicts none"] : conflicts.map((conflict) => `conflict  ${conflict}`)),
  ].join("\n");
}

function timeOf(us: number): string {
  return new Date(us / 1000).toISOString().replace(/\.\d+Z$/, "Z");
}

/** Columns as wide as their widest cell, and how to see more. */
function lines(rows: readonly (readonly string[])[], next: string | null): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const text = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
  return [...text, ...(next === null ? [] : [`more: --after ${next}`])].join("\n");
}
