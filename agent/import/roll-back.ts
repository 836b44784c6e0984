// Takes away half a sequence that this import made and could not finish: half of one would be reviewed as if it were whole.
import type { AnnotationApi } from "../../sync/clients/annotation-api.ts";
import { isHumanWork } from "./human-work.ts";
import type { ImportJournal, ImportKey } from "./journal.ts";
import type { Again } from "./patience.ts";

export type RollBackDeps = {
  readonly api: Pick<AnnotationApi, "findSequence" | "findAnnotation" | "deleteSequence">;
  readonly again: Again;
  readonly journal: ImportJournal;
  readonly signal: AbortSignal;
};

/** nothing: no part of it was there. kept: it is not ours alone; the next run goes on with it. */
export type RolledBack = "rolled back" | "nothing" | "kept";

/** @throws SyncError when it cannot be taken away now; it is noted as begun, and the next run goes on. */
export async function rollBack(
  key: ImportKey,
  { api, again, journal, signal }: RollBackDeps,
): Promise<RolledBack> {
  const entry = journal.read(key);
  if (entry === null) return "nothing";
  if (entry.state === "done" || !entry.own) return "kept";
  const doing = `take back sequence ${key.alert_api_id}`;
  // From the look to the delete is one attempt: a person may begin while we wait.
  let asked = false;
  const outcome = await again(doing, async (): Promise<RolledBack> => {
    const row = await api.findSequence(key, signal);
    if (row === null) return asked ? "rolled back" : "nothing";
    const annotation = await api.findAnnotation(row.id, signal);
    if (annotation !== null && isHumanWork(annotation, entry.annotations)) return "kept";
    asked = true;
    await api.deleteSequence(row.id, signal);
    return "rolled back";
  });
  if (outcome !== "kept") await journal.forget(key);
  return outcome;
}
