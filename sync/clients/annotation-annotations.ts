// Annotations of sequences: the tracks of their objects and how far people are with them; one for each sequence.
import { z } from "zod";
import { SyncError } from "../errors.ts";
import type { AnnotationApi, AnnotationChange } from "./annotation-api.ts";
import { annotationRow } from "./annotation-rows.ts";
import { problemsOfAnnotation, refuseProblems } from "./annotation-rules.ts";
import type { AnnotationService } from "./annotation-sequences.ts";
import { MissingParent } from "./missing-parent.ts";
import { readAnswer } from "./service-connection.ts";

type AnnotationCalls = Pick<
  AnnotationApi,
  "findAnnotation" | "createAnnotation" | "updateAnnotation" | "deleteAnnotation"
>;

const path = "/annotations/sequences/";
const annotationPage = z.looseObject({ items: z.array(annotationRow) });

export function createAnnotationCalls({
  url,
  call,
  hasSequence,
}: AnnotationService & {
  readonly hasSequence: (id: number, signal: AbortSignal) => Promise<boolean>;
}): AnnotationCalls {
  const address = `${url}/api/v1${path}`;

  const find: AnnotationCalls["findAnnotation"] = async (sequence_id, signal) => {
    const answer = await call({ method: "GET", path, query: { sequence_id }, signal });
    const { items } = readAnswer(answer, annotationPage, `GET ${address}`);
    // A server that does not know the filter gives everything.
    return items.find((row) => row.sequence_id === sequence_id) ?? null;
  };

  return {
    findAnnotation: find,
    createAnnotation: async (draft, signal) => {
      const name = `annotation of sequence ${draft.sequence_id}`;
      refuseProblems(name, problemsOfAnnotation(draft));
      const json = { sequence_id: draft.sequence_id, ...bodyOf(draft) };
      const answer = await call({ method: "POST", path, json, accept: [409], signal });
      if (answer.status !== 409)
        return { row: readAnswer(answer, annotationRow, `POST ${address}`), already: false };
      const row = await find(draft.sequence_id, signal);
      if (row !== null) return { row, already: true };
      if (!(await hasSequence(draft.sequence_id, signal)))
        throw new MissingParent(`${name}: there is no such sequence`, { status: 409 });
      const words = `${name}: refused as already there (HTTP 409), but there is none`;
      throw new SyncError("permanent", words, { status: 409 });
    },
    updateAnnotation: async (id, change, signal) => {
      refuseProblems(`annotation ${id}`, problemsOfAnnotation(change));
      const answer = await call({ method: "PATCH", path: `${path}${id}`, json: bodyOf(change), signal });
      return readAnswer(answer, annotationRow, `PATCH ${address}${id}`);
    },
    deleteAnnotation: async (id, signal) => {
      const answer = await call({ method: "DELETE", path: `${path}${id}`, accept: [404], signal });
      return answer.status !== 404;
    },
  };
}

/** Never with thresholds: a PATCH that has them is a 500, and with explicit boxes they mean nothing. */
function bodyOf({ tracks, ...change }: AnnotationChange): object {
  const { processing_stage, has_missed_smoke, is_unsure } = change;
  return {
    processing_stage,
    has_missed_smoke,
    ...(is_unsure === undefined ? {} : { is_unsure }),
    ...(tracks === undefined ? {} : { annotation: { sequences_bbox: tracks } }),
  };
}
