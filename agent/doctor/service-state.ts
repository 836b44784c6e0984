// The service of systemd that keeps the agent running, as systemd sees it.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import type { Finding } from "./finding.ts";

const unit = "outrider.service";
const patienceMs = 5_000;

/** Nothing where systemd does not run, or no such unit is installed. */
export async function examineService(path: string): Promise<readonly Finding[]> {
  if (!existsSync("/run/systemd/system")) return [];
  try {
    const asked = ["show", unit, "-p", "LoadState,ActiveState,SubState,Result,NRestarts,StatusText"];
    const { stdout } = await promisify(execFile)("systemctl", asked, {
      timeout: patienceMs,
      // No signal: see metered.ts for what a stop in the wrong moment would do.
      env: { PATH: path },
    });
    return describeUnit(stdout);
  } catch {
    return []; // A container has systemd's folders and nobody to ask; the agent's own findings stand by themselves.
  }
}

/** @param shown what `systemctl show` says: a line `Name=value` each. */
export function describeUnit(shown: string): readonly Finding[] {
  const said = new Map(
    shown
      .split("\n")
      .filter((line) => line.includes("="))
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const),
  );
  if (said.get("LoadState") !== "loaded") return [];
  const [active, sub, result] = [said.get("ActiveState"), said.get("SubState"), said.get("Result")];
  const restarts = Number(said.get("NRestarts") ?? 0);
  const words = [
    `${active} (${sub})`,
    ...(result === "success" ? [] : [`ended with ${result}`]),
    ...(restarts === 0 ? [] : [`${restarts} restarts`]),
    ...(said.get("StatusText") ? [said.get("StatusText")!] : []),
  ];
  const isWell = active === "active" && restarts === 0;
  return [
    {
      part: "service",
      state: isWell ? "ok" : active === "failed" ? "broken" : "warning",
      found: words.join(", "),
      fix: isWell ? null : `journalctl --namespace outrider -n 50; sudo systemctl restart ${unit}`,
    },
  ];
}
