// Sequences of the annotation API: one for each object of an alert, unique by source and its id there.
import { z } from "zod";
import { SyncError } from "../errors.ts";
import type { HttpResponse } from "../http.ts";
import type { AnnotationApi, NewSequence, SequenceRow } from "./annotation-api.ts";
import { alertRow, sequenceRow } from "./annotation-rows.ts";
import { problemsOfSequence, refuseProblems } from "./annotation-rules.ts";
import { MissingParent } from "./missing-parent.ts";
import { readAnswer, type ServiceCall } from "./service-connection.ts";
import { readPages } from "./service-pages.ts";

/** The service, with whoever we are in it. */
export type AnnotationService = {
  readonly url: string;
  readonly call: (call: Omit<ServiceCall, "as">) => Promise<HttpResponse>;
};

type SequenceCalls = Pick<
  AnnotationApi,
  "createSequence" | "findSequence" | "sequences" | "deleteSequence" | "updateTemporalScore" | "skipAlert"
>;

/** A list is read in the largest pages the service gives. */
export const pageSize = 100;
const sequencePage = z.looseObject({ items: z.array(sequenceRow), total: z.int(), pages: z.int() });
/** An object that was split off another sequence has the id `1 000 000 000 + sequence * 1000 + index`, and the sequence's alert. */
const firstSplitId = 1_000_000_000;

export function createSequenceCalls({ url, call }: AnnotationService): SequenceCalls {
  const doing = (method: string, path: string): string => `${method} ${url}/api/v1${path}`;

  const inAlert = async (
    source_api: string,
    platform_alert_id: number,
    signal: AbortSignal,
  ): Promise<readonly SequenceRow[]> => {
    const path = "/sequences/alert";
    const query = { source_api, platform_alert_id };
    const answer = await call({ method: "GET", path, query, accept: [404], signal });
    if (answer.status === 404) return [];
    return readAnswer(answer, alertRow, doing("GET", path)).lanes.map(({ sequence }) => sequence);
  };

  const list: SequenceCalls["sequences"] = (filter, signal) => {
    const path = "/sequences/";
    const fetchPage = async (page: number) => {
      const query = { ...filter, order_by: "recorded_at", order_direction: filter.order_direction ?? "asc" };
      const answer = await call({ method: "GET", path, query: { ...query, page, size: pageSize }, signal });
      return readAnswer(answer, sequencePage, doing("GET", path));
    };
    return readPages(fetchPage, doing("GET", path));
  };

  const find: SequenceCalls["findSequence"] = async (key, signal) => {
    for (const alert of alertsOf(key)) {
      const rows = await inAlert(key.source_api, alert, signal);
      const row = rows.find(({ alert_api_id }) => alert_api_id === key.alert_api_id);
      if (row !== undefined) return row;
    }
    return null;
  };

  /** Whoever sent it first may have put it into another alert: then its time finds it, or at the worst all of its camera. */
  const findTwin = async (draft: NewSequence, signal: AbortSignal): Promise<SequenceRow | null> => {
    const { source_api, recorded_at, camera_id, alert_api_id } = draft;
    for (const place of [{ recorded_at_gte: recorded_at, recorded_at_lte: recorded_at }, { camera_id }])
      for await (const row of list({ source_api, ...place }, signal))
        if (row.alert_api_id === alert_api_id) return row;
    return null;
  };

  return {
    sequences: list,
    findSequence: find,
    createSequence: async (draft, signal) => {
      const path = "/sequences/";
      const name = `sequence ${draft.alert_api_id} of ${draft.source_api}`;
      refuseProblems(name, problemsOfSequence(draft));
      const answer = await call({ method: "POST", path, form: fieldsOf(draft), accept: [409], signal });
      if (answer.status !== 409)
        return { row: readAnswer(answer, sequenceRow, doing("POST", path)), already: false };
      const row = (await find(draft, signal)) ?? (await findTwin(draft, signal));
      if (row !== null) return { row, already: true };
      const words = `${name}: refused as already there (HTTP 409), but there is no such sequence`;
      throw new SyncError("permanent", words, { status: 409 });
    },
    deleteSequence: async (id, signal) => {
      // Without force only what a person added by hand may be deleted.
      const query = { force: true };
      const answer = await call({ method: "DELETE", path: `/sequences/${id}`, query, accept: [404], signal });
      return answer.status !== 404;
    },
    updateTemporalScore: async (score, signal) => {
      const path = "/sequences/temporal-score";
      const answer = await call({ method: "PATCH", path, json: score, accept: [404], signal });
      return answer.status === 404 ? null : readAnswer(answer, sequenceRow, doing("PATCH", path));
    },
    skipAlert: async (alert, signal) => {
      const path = "/sequences/alert/skip";
      const answer = await call({ method: "POST", path, json: alert, accept: [404, 409], signal });
      if (answer.status !== 404) return { already: answer.status === 409 };
      const { source_api, platform_alert_id } = alert;
      throw new MissingParent(`alert ${platform_alert_id} of ${source_api} cannot be skipped: not there`, {
        status: 404,
      });
    },
  };
}

/** Alerts that a sequence may stand in: the one it was given, or what the service makes of its id. */
function alertsOf({
  alert_api_id,
  platform_alert_id,
}: Pick<NewSequence, "alert_api_id" | "platform_alert_id">): readonly number[] {
  const made =
    alert_api_id >= firstSplitId
      ? [Math.floor((alert_api_id - firstSplitId) / 1000), alert_api_id]
      : [alert_api_id];
  return platform_alert_id === undefined
    ? made
    : [platform_alert_id, ...made.filter((alert) => alert !== platform_alert_id)];
}

function fieldsOf(draft: NewSequence): Record<string, string> {
  const given = Object.entries(draft).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}
