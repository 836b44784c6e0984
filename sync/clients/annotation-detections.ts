// Detections of the annotation API: one picture of a sequence with its boxes, unique in its sequence by its id at the source.
import { z } from "zod";
import { SyncError } from "../errors.ts";
import type { HttpResponse } from "../http.ts";
import type { AnnotationApi, DetectionPicture, NewDetection } from "./annotation-api.ts";
import { detectionRow, urlRow } from "./annotation-rows.ts";
import { problemsOfDetection, problemsOfPicture, refuseProblems } from "./annotation-rules.ts";
import { type AnnotationService, pageSize } from "./annotation-sequences.ts";
import { MissingParent } from "./missing-parent.ts";
import { pictureTypeOf } from "./picture-type.ts";
import { readAnswer } from "./service-connection.ts";
import { readPages } from "./service-pages.ts";

type DetectionCalls = Pick<AnnotationApi, "createDetection" | "detections" | "pictureUrl">;

const detectionPage = z.looseObject({ items: z.array(detectionRow), total: z.int(), pages: z.int() });

export function createDetectionCalls({
  url,
  call,
  hasSequence,
}: AnnotationService & {
  readonly hasSequence: (id: number, signal: AbortSignal) => Promise<boolean>;
}): DetectionCalls {
  const doing = (method: string, path: string): string => `${method} ${url}/api/v1${path}`;

  const list: DetectionCalls["detections"] = (sequence_id, signal) => {
    const path = "/detections/";
    const fetchPage = async (page: number) => {
      const query = { sequence_id, order_by: "recorded_at", order_direction: "asc", page, size: pageSize };
      return readAnswer(
        await call({ method: "GET", path, query, signal }),
        detectionPage,
        doing("GET", path),
      );
    };
    return readPages(fetchPage, doing("GET", path));
  };

  const post = (
    draft: NewDetection,
    picture: DetectionPicture,
    signal: AbortSignal,
  ): Promise<HttpResponse> => {
    const accept = [404, 409];
    if ("bytes" in picture) {
      const { bytes, fileName } = picture;
      const files = [
        { name: "file", fileName, type: pictureTypeOf(bytes) ?? "application/octet-stream", bytes },
      ];
      return call({ method: "POST", path: "/detections/", form: fieldsOf(draft), files, accept, signal });
    }
    const [path, source] =
      "url" in picture
        ? ["/detections/from-url", { source_url: picture.url }]
        : ["/detections/from-bucket-key", { source_key: picture.bucketKey }];
    return call({ method: "POST", path, json: { ...source, ...objectOf(draft) }, accept, signal });
  };

  return {
    detections: list,
    createDetection: async (draft, picture, signal) => {
      const name = `detection ${draft.alert_api_id} of sequence ${draft.sequence_id}`;
      refuseProblems(name, [
        ...problemsOfDetection(draft),
        ...("bytes" in picture ? problemsOfPicture(picture.bytes) : []),
      ]);
      const answer = await post(draft, picture, signal);
      const { status } = answer;
      if (status < 300)
        return { row: readAnswer(answer, detectionRow, doing("POST", "/detections/")), already: false };
      // A sequence that is not there is refused in the same words as a detection that is.
      if (status === 409)
        for await (const row of list(draft.sequence_id, signal))
          if (row.alert_api_id === draft.alert_api_id) return { row, already: true };
      if (!(await hasSequence(draft.sequence_id, signal)))
        throw new MissingParent(`${name}: there is no such sequence`, { status });
      throw new SyncError("permanent", `${name}: refused (HTTP ${status}), but there is no such detection`, {
        status,
      });
    },
    pictureUrl: async (detectionId, signal) => {
      const path = `/detections/${detectionId}/url`;
      return readAnswer(await call({ method: "GET", path, signal }), urlRow, doing("GET", path)).url;
    },
  };
}

type Lists = "algo_predictions" | "others_bboxes" | "auto_predictions";

function listsOf(draft: NewDetection): Partial<Record<Lists, unknown>> {
  const { algo_predictions, others_bboxes, auto_predictions } = draft;
  const given = Object.entries({ algo_predictions, others_bboxes, auto_predictions }).filter(
    ([, predictions]) => predictions !== undefined,
  );
  return Object.fromEntries(given.map(([name, predictions]) => [name, { predictions }]));
}

function objectOf(draft: NewDetection): Record<string, unknown> {
  const { sequence_id, alert_api_id, recorded_at } = draft;
  return { sequence_id, alert_api_id, recorded_at, ...listsOf(draft) };
}

function fieldsOf(draft: NewDetection): Record<string, string> {
  const fields = Object.entries(objectOf(draft));
  return Object.fromEntries(
    fields.map(([name, value]) => [name, typeof value === "object" ? JSON.stringify(value) : String(value)]),
  );
}
