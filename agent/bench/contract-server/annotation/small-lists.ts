// What the sequences mention: cameras, organisations, sources; and the export for training.
import { json, refusal } from "../call.ts";
import type { AnnotationRoute, AnnotationService } from "./service.ts";

export function smallListRoutes({ tables, anyUser: admit }: AnnotationService): readonly AnnotationRoute[] {
  return [
    {
      method: "GET",
      path: "/cameras/",
      admit,
      handle: () =>
        json(distinct(tables.sequences.all().map((row) => ({ id: row.camera_id, name: row.camera_name })))),
    },
    {
      method: "GET",
      path: "/organizations/",
      admit,
      handle: () =>
        json(
          distinct(
            tables.sequences.all().map((row) => ({ id: row.organisation_id, name: row.organisation_name })),
          ),
        ),
    },
    {
      method: "GET",
      path: "/source-apis/",
      admit: null,
      handle: () => {
        const sources = [...new Set(tables.sequences.all().map((row) => row.source_api))].toSorted();
        return json(sources.map((id) => ({ id, name: titled(id) })));
      },
    },
    {
      method: "GET",
      path: "/export/alerts",
      admit,
      handle: () => {
        // How a finished alert looks there was never recorded: better no answer than a made-up one.
        if (tables.annotations.all().some((row) => row.processing_stage === "annotated"))
          throw refusal(501, "this contract server knows the export of unfinished alerts only");
        return json({ items: [], next_cursor: null });
      },
    },
  ];
}

function distinct<Row extends { readonly id: number; readonly name: string }>(
  rows: readonly Row[],
): readonly Row[] {
  return [...new Map(rows.map((row) => [`${row.id} ${row.name}`, row])).values()].toSorted(
    (a, b) => a.name.localeCompare(b.name) || a.id - b.id,
  );
}

function titled(id: string): string {
  return id
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(" ");
}
