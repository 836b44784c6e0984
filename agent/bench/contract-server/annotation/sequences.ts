// Sequences of the annotation API: create, list, get, delete.
import { pathId, readFormBody, readQuery } from "../bodies.ts";
import { type Answer, type Call, Crashed, json, refusal } from "../call.ts";
import {
  bigWhole,
  decimal,
  oneOf,
  optional,
  required,
  text,
  textWithin,
  time,
  wordsOf,
  yesOrNo,
} from "../fields.ts";
import type { BigId } from "../json.ts";
import { listSequences } from "./list-sequences.ts";
import type { AnnotationRoute, AnnotationService } from "./service.ts";
import { showSequence } from "./shown.ts";
import { type SequenceRecord, type Source, sequenceKey, sourceApis, type Tables } from "./tables.ts";

const wildfireKinds = ["wildfire_smoke", "other_smoke", "other"] as const;

export function sequenceRoutes(service: AnnotationService): readonly AnnotationRoute[] {
  const { tables, anyUser: admit } = service;
  return [
    { method: "POST", path: "/sequences/", admit, handle: (call) => create(call, service) },
    { method: "GET", path: "/sequences/", admit, handle: (call) => json(listSequences(call, service)) },
    {
      method: "GET",
      path: "/sequences/{sequence_id}",
      admit,
      handle: (call) => json(showSequence(sequenceOf(call, tables))),
    },
    {
      method: "DELETE",
      path: "/sequences/{sequence_id}",
      admit,
      handle: (call, user) => {
        const row = sequenceOf(call, tables);
        if (!readQuery(call, { force: optional(yesOrNo, false) }).force)
          throw refusal(
            409,
            "Only manually added objects can be removed. To retire an imported object, reclassify it as a false positive.",
          );
        tables.noteChange(row.id, "sequence deleted", user.username);
        tables.deleteSequence(row);
        return noContent;
      },
    },
  ];
}

/** FastAPI names JSON even where there is none. */
export const noContent: Answer = { status: 204, contentType: "application/json", body: "" };

function sequenceOf(call: Call, tables: Tables): SequenceRecord {
  const row = tables.sequences.get(pathId(call, "sequence_id"));
  if (row === undefined) throw refusal(404, "Sequence not found.");
  return row;
}

const form = {
  source_api: required(text),
  alert_api_id: required(bigWhole),
  camera_name: required(text),
  camera_id: required(bigWhole),
  organisation_name: required(text),
  organisation_id: required(bigWhole),
  lat: required(decimal),
  lon: required(decimal),
  recorded_at: required(time),
  azimuth: optional(bigWhole, null),
  is_wildfire_alertapi: optional(oneOf(wildfireKinds), null),
  platform_alert_id: optional(bigWhole, null),
  created_at: optional(time, null),
  last_seen_at: optional(time, null),
  temporal_model_score: optional(decimal, null),
  temporal_model_version: optional(textWithin(0, 32), null),
  temporal_api_version: optional(textWithin(0, 32), null),
};

async function create(call: Call, { tables, now }: AnnotationService): Promise<Answer> {
  const given = await readFormBody(call, form);
  const source_api = sourceOf(given.source_api, given.platform_alert_id);
  for (const [name, bits] of storedWidths) fits(given[name] ?? 0, bits);
  const primary = primaryOf(given.alert_api_id, source_api, tables);
  const at = now();
  const row = tables.sequences.insert((id) => ({
    ...given,
    id,
    source_api,
    camera_id: Number(given.camera_id),
    organisation_id: Number(given.organisation_id),
    azimuth: given.azimuth === null ? null : Number(given.azimuth),
    platform_alert_id: given.platform_alert_id ?? primary,
    created_at: given.created_at ?? at,
    last_seen_at: given.last_seen_at ?? at,
  }));
  return json(showSequence(row), 201);
}

/** An unknown source stumbles over the platform's id when that has to be derived, and is refused otherwise. */
function sourceOf(given: string, platformAlertId: BigId | null): Source {
  const known = sourceApis.find((source) => source === given);
  if (known !== undefined) return known;
  if (platformAlertId === null) throw new Crashed(`ValueError: '${given}' is not a valid SourceApi`);
  const expected = wordsOf(sourceApis);
  throw refusal(422, [
    {
      type: "enum",
      loc: ["source_api"],
      msg: `Input should be ${expected}`,
      input: given,
      ctx: { expected },
      url: "https://errors.pydantic.dev/2.13/v/enum",
    },
  ]);
}

const storedWidths = [
  ["alert_api_id", 64],
  ["platform_alert_id", 64],
  ["camera_id", 32],
  ["organisation_id", 32],
  ["azimuth", 32],
] as const;

/** The database's columns are narrower than what the form takes. @throws Crashed */
export function fits(value: BigId, bits: 32 | 64): void {
  const edge = 2n ** BigInt(bits - 1);
  if (BigInt(value) >= -edge && BigInt(value) < edge) return;
  throw new Crashed("(Background on this error at: https://sqlalche.me/e/20/dbapi)");
}

const firstSibling = 1_000_000_000n;

/** Of an object that was split off, the id of the alert it came from; otherwise its own. */
function primaryOf(alertApiId: BigId, source_api: Source, tables: Tables): BigId {
  if (BigInt(alertApiId) < firstSibling || source_api === "alert_wildfire") return alertApiId;
  const primary = Number((BigInt(alertApiId) - firstSibling) / 1000n);
  return tables.sequences.byKey(sequenceKey({ source_api, alert_api_id: primary })) === undefined
    ? alertApiId
    : primary;
}
