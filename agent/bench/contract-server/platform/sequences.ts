// Sequences of the platform and their detections, as people and the import read them.
import { pathId, readJsonBody, readQuery } from "../bodies.ts";
import { type Call, json, refusal } from "../call.ts";
import { blame, object, oneOf, optional, type Reader, required, whole, within, yesOrNo } from "../fields.ts";
import { presignedUrl } from "../pictures.ts";
import { naiveTime, readTime } from "../times.ts";
import { mayRead } from "./cameras.ts";
import { isShown, riskScores } from "./risk.ts";
import type { Asker, PlatformRoute, PlatformService } from "./service.ts";
import { bucketOf, showDetection, showSequence } from "./shown.ts";
import type { PlatformDetectionRecord, PlatformSequenceRecord, PlatformTables } from "./tables.ts";

export function sequenceRoutes(service: PlatformService): readonly PlatformRoute[] {
  const { tables, only } = service;
  const people = only("admin", "agent", "user");
  return [
    {
      method: "GET",
      path: "/sequences/all/fromdate",
      admit: people,
      handle: (call, asker) => json(listDay(call, asker, service)),
    },
    {
      method: "GET",
      path: "/sequences/{sequence_id}",
      admit: people,
      handle: (call, asker) => json(withCount(sequenceOf(call, asker, tables), tables)),
    },
    {
      method: "GET",
      path: "/sequences/{sequence_id}/detections",
      admit: people,
      handle: (call, asker) => json(listDetections(call, asker, tables)),
    },
    {
      method: "PATCH",
      path: "/sequences/{sequence_id}/label",
      admit: only("admin", "agent"),
      handle: (call, asker) => {
        const { is_wildfire } = readJsonBody(call, labelBody);
        return json(
          showSequence(tables.sequences.update({ ...sequenceOf(call, asker, tables), is_wildfire })),
        );
      },
    },
    {
      method: "GET",
      path: "/detections/{detection_id}/url",
      admit: people,
      handle: (call, asker) => {
        const row = tables.detections.get(pathId(call, "detection_id"));
        if (row === undefined) throw refusal(404, "Table Detection has no corresponding entry.");
        return json(addressesOf(row, call, asker, tables));
      },
    },
  ];
}

const labelBody = object({ is_wildfire: required(oneOf(["wildfire_smoke", "other_smoke", "other"])) });

/** A day, given as text. */
const day: Reader<string> = (value, place) => {
  const given = String(value);
  if (/^\d{4}-\d\d-\d\d$/.test(given) && readTime(given) !== null) return given;
  const error = given.length < 10 ? "input is too short" : "invalid character in year";
  return blame(
    place,
    value,
    "date_from_datetime_parsing",
    `Input should be a valid date or datetime, ${error}`,
    { error },
  );
};

const dayQuery = {
  from_date: required(day),
  limit: optional(within(whole, 1), 15),
  offset: optional(within(whole, 0), 0),
  risk_score: optional(oneOf(riskScores, "literal_error"), null),
};

/** Those that began on the day, UTC, newest first; an administrator is never filtered. */
function listDay(call: Call, asker: Asker, { tables, riskOf }: PlatformService): readonly object[] {
  const { from_date, limit, offset, risk_score } = readQuery(call, dayQuery);
  const risk = risk_score ?? riskOf(from_date);
  return tables.sequences
    .all()
    .filter((row) => naiveTime(row.started_at).startsWith(from_date) && mayRead(asker, ownerOf(row, tables)))
    .filter((row) => asker.scope === "admin" || isShown(row.max_conf, risk))
    .toSorted((a, b) => b.started_at - a.started_at || b.id - a.id)
    .slice(offset, offset + limit)
    .map((row) => withCount(row, tables));
}

const detectionsQuery = {
  limit: optional(within(whole, 1, 100), 10),
  offset: optional(within(whole, 0), 0),
  desc: optional(yesOrNo, true),
};

function listDetections(call: Call, asker: Asker, tables: PlatformTables): readonly object[] {
  const { limit, offset, desc } = readQuery(call, detectionsQuery);
  const rows = tables
    .detectionsOf(sequenceOf(call, asker, tables).id)
    .toSorted((a, b) => (desc ? -1 : 1) * (a.created_at - b.created_at || a.id - b.id));
  return rows
    .slice(offset, offset + limit)
    .map((row) => ({ ...showDetection(row), ...addressesOf(row, call, asker, tables) }));
}

function addressesOf(row: PlatformDetectionRecord, call: Call, asker: Asker, tables: PlatformTables): object {
  const owner = ownerOf(row, tables);
  if (!mayRead(asker, owner)) throw refusal(403, "Access forbidden.");
  return { url: presignedUrl(call.origin, bucketOf(owner.organization_id), row.bucket_key), crop_url: null };
}

function ownerOf(row: { readonly camera_id: number }, tables: PlatformTables) {
  return tables.cameras.get(row.camera_id)!;
}

function sequenceOf(call: Call, asker: Asker, tables: PlatformTables): PlatformSequenceRecord {
  const row = tables.sequences.get(pathId(call, "sequence_id"));
  if (row === undefined) throw refusal(404, "Table Sequence has no corresponding entry.");
  if (!mayRead(asker, ownerOf(row, tables))) throw refusal(403, "Access forbidden.");
  return row;
}

function withCount(row: PlatformSequenceRecord, tables: PlatformTables): object {
  return { ...showSequence(row), detections_count: tables.detectionsOf(row.id).length };
}
