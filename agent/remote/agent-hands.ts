// The agent's hands: what a person far away can have it do, on the recorder, the drain and the cameras it has.

import { eventProblem } from "../../device/session-template.ts";
import type { Agent } from "../agent.ts";
import { type RemoteHands, RemoteRefusal } from "./hands.ts";
import { healthOf, recordStateOf } from "./states.ts";

export function createAgentHands(agent: Agent): RemoteHands {
  const { recorder, drain, store, config } = agent;
  const requireRun = (): void => {
    if (recorder.state().run === null)
      throw new RemoteRefusal("not_recording", "No run is open; record start begins one");
  };
  return {
    status: async () => ({
      record: recordStateOf(agent),
      health: healthOf(agent),
      totals: agent.figures(),
    }),
    record: {
      start: async (session) => {
        const wanted = { ...config.session, ...session };
        const problem = eventProblem(wanted.event);
        if (problem !== null) throw new RemoteRefusal("bad_event", problem);
        return { run: (await recorder.start(wanted)).id };
      },
      stop: async () => {
        const ended = await recorder.stop("remote");
        return ended === null ? null : { run: ended.id };
      },
      pause: async () => {
        requireRun();
        await recorder.pause();
      },
      resume: async () => {
        requireRun();
        await recorder.resume();
      },
      mark: (note) => recorder.mark(note),
      erase: (seconds) => recorder.erase(seconds),
    },
    syncNow: async () => {
      drain.wake({ linkUp: true });
      const { delivered, waiting, failed } = agent.figures();
      return { delivered, waiting, failed };
    },
    snapshot: async (camera) => {
      if (camera !== undefined && !config.cameras.some(({ id }) => id === camera)) {
        throw new RemoteRefusal(
          "unknown_camera",
          `Expected one of ${config.cameras.map(({ id }) => id).join(", ")}, got "${camera}"`,
        );
      }
      const frame = agent.newestFrame(camera);
      const bytes = frame === null ? null : store.frames.picture(frame.imgId);
      return frame === null || bytes === null
        ? null
        : { imgId: frame.imgId, camera: frame.camera, mediaType: frame.mediaType, bytes };
    },
  };
}
