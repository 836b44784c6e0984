// Which version of the program this is, from its package.json: beside the sources and beside the built program alike.
import { readFileSync } from "node:fs";

// Deno's own check does not know what an ImportMeta holds under Node's types; all runtimes have the URL.
const { url: here } = import.meta as { readonly url: string };

/** The version, e.g. "0.1.0"; "unknown" where the package.json was left behind. */
export function readVersion(): string {
  // The sources and the built program stand one folder deep.
  for (const place of ["../package.json", "./package.json"]) {
    const version = versionIn(new URL(place, here));
    if (version !== null) return version;
  }
  return "unknown";
}

function versionIn(file: URL): string | null {
  try {
    const { name, version } = JSON.parse(readFileSync(file, "utf8")) as { name?: unknown; version?: unknown };
    return name === "outrider" && typeof version === "string" ? version : null;
  } catch {
    // Not there, or another's: the next place is looked at.
    return null;
  }
}
