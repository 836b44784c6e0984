// A message on `control/drive`, read at the border: whatever the bytes are, it is either a whole and sane command or nothing.
import { guardJson } from "../../device/json-guard.ts";
import { type ControlDrive, controlDriveSchema } from "../remote/drive-messages.ts";

/** Three times the longest that a driver of ours sends. */
const mostBytes = 1024;

/** null: it is none. */
export function readControlDrive(payload: Uint8Array): ControlDrive | null {
  if (payload.length > mostBytes) return null;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(payload);
    // A name that is given twice means different things to different readers.
    if (guardJson(text, 2).repeatedNames.length > 0) return null;
    const message = controlDriveSchema.safeParse(JSON.parse(text));
    return message.success ? message.data : null;
  } catch {
    // No UTF-8, no JSON, nested: nobody is answered, and the one who counts does so.
    return null;
  }
}
