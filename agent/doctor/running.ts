// The agent that runs beside the doctor: who it is, when it last gave a sign, and what it says does not work.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { type LockHolder, writerOf } from "../../device/store/lock.ts";
import { openStore } from "../../device/store/store.ts";
import { storeFolder } from "../folders.ts";
import { type Heartbeat, heartbeatMs, heartbeatNote } from "../health-beat.ts";
import { isUnderMaintenance, maintenanceFile } from "../service.ts";
import { formatBytes } from "../stats.ts";
import { type Finding, firstLine } from "./finding.ts";

const part = "agent";
/** A heart that missed so many beats stands still. */
const missedBeats = 3;

/** What can be known of a running agent without asking it: it may not answer. */
export async function examineRunning(data: string, clock: Clock): Promise<readonly Finding[]> {
  const directory = storeFolder(data);
  const { bootId, monotonicNs } = clock.now();
  const writer = writerOf(directory, bootId);
  const maintenance: readonly Finding[] = isUnderMaintenance(data)
    ? [
        {
          part: "maintenance",
          state: "warning",
          found: `${join(data, maintenanceFile)} is there: the watchdog restarts nothing`,
          fix: `rm ${join(data, maintenanceFile)}`,
        },
      ]
    : [];
  if (writer === null) return [{ part, state: "missing", found: "not running", fix: null }, ...maintenance];
  try {
    const store = openStore({ directory, clock, log: silentLog, readOnly: true });
    const beat = store.notes.get(heartbeatNote) as Heartbeat | null;
    await store.close();
    const isOfThisLife = beat !== null && beat.at.bootId === bootId;
    const ageMs = isOfThisLife ? (monotonicNs - beat.at.monotonicNs) / 1e6 : null;
    return [...describeBeat(writer, beat, ageMs), ...maintenance];
  } catch (cause) {
    return [
      { part, state: "broken", found: `process ${writer.pid}: ${firstLine(cause)}`, fix: null },
      ...maintenance,
    ];
  }
}

function describeBeat(writer: LockHolder, beat: Heartbeat | null, ageMs: number | null): readonly Finding[] {
  const who = `process ${writer.pid} (${writer.command})`;
  if (beat === null || ageMs === null)
    return [
      { part, state: "ok", found: `${who} writes to the store; it gave no sign of health yet`, fix: null },
    ];
  const seconds = Math.round(ageMs / 1000);
  if (ageMs > missedBeats * heartbeatMs)
    return [
      {
        part,
        state: "broken",
        found: `${who} holds the store, and its last sign of health is ${seconds} s old: it hangs, its disk takes nothing, or it is no agent`,
        fix: "journalctl --namespace outrider -n 50; then: sudo systemctl restart outrider",
      },
    ];
  const said = beat.problems.length === 0 ? "everything it is there for works" : "not everything works";
  return [
    {
      part,
      state: beat.problems.length === 0 ? "ok" : "broken",
      found: `${who}, sign of health ${seconds} s ago: ${said}`,
      fix: beat.problems.length === 0 ? null : "see the parts below",
    },
    ...beat.problems.map(
      ({ part: failing, message }): Finding => ({
        part: failing,
        state: "broken",
        found: message,
        fix: fixOf(failing),
      }),
    ),
    ...beat.warnings.map(
      ({ part: weak, message }): Finding => ({
        part: weak,
        state: "warning",
        found: message,
        fix: fixOf(weak),
      }),
    ),
  ];
}

/** What a person may do about a part that fails in a running agent. */
function fixOf(part: string): string | null {
  if (part.startsWith("camera ")) return "check its cable or address; the agent starts it again by itself";
  const fixes: Readonly<Record<string, string>> = {
    store: "dmesg | tail: the disk may be dying; copy the data folder",
    disk: "free some disk space: df -h; mount | grep ' ro' shows a disk that became read-only",
    loop: "top: what else runs on this machine?",
    models: "outrider models check",
    mqtt: "check mqtt.url, the broker and the link; what waits is kept",
    clock: "sudo timedatectl set-ntp true",
  };
  return fixes[part] ?? null;
}

/** Data files that were damaged and set aside: they take room until somebody has looked at them. */
export function examineSetAside(data: string): readonly Finding[] {
  const directory = storeFolder(data);
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.startsWith("data.mdb.damaged-"))
    .map((name): Finding => {
      const path = join(directory, name);
      return {
        part: "damaged store",
        state: "warning",
        found: `${path}, ${formatBytes(statSync(path).size)}: what could be read of it was taken over (outrider stats, journal)`,
        fix: `check the disk (dmesg, smartctl -a); rm ${path} when nothing is missed, or outrider doctor --salvage ${path} --into FOLDER`,
      };
    });
}
