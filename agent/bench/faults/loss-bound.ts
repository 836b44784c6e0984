// What a life may lose with its end: the declared bound of the product, as the disk and the camera of that moment can keep it.
import type { MachineProbe } from "./probe-machine.ts";

/** What a picture needs beside the disk, from the camera's first byte into a commit: pipe, splitter, a busy processor, ms. */
const ownMs = 300;
/** Waits for the disk between a picture and its acknowledgement: data and heading of the commit before its own, and of its own. */
const flushesOfCommit = 4;
/** Turns of a processor that others want between the camera's first byte and the commit: camera, reader, splitter, recorder. */
const turnsOfFrame = 4;

/** What the agent may have run for since the oldest picture that it may lose without a word, ms. */
export function lossBoundMs(machine: MachineProbe, commitWindowMs: number): number {
  return commitWindowMs + ownMs + flushesOfCommit * machine.slowestMs() + turnsOfFrame * machine.latestMs();
}
