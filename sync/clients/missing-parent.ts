// What a new row belongs to is not there.
import { SyncError } from "../errors.ts";

/** A create was refused because its sequence (of a detection, an annotation) or its alert (of a skip) does not exist. Permanent until it is made again. */
export class MissingParent extends SyncError {
  constructor(message: string, options: { cause?: unknown; status?: number | null } = {}) {
    super("permanent", message, options);
  }
}
