// What somebody far away can have done at the wheel by a request: ask, give the wheel back, stop the car, let a model drive.
import type { Agent } from "../agent.ts";
import { type DriveHands, type PilotAction, RemoteRefusal } from "./hands.ts";

export function createDriveHands({ driving, config }: Pick<Agent, "driving" | "config">): DriveHands {
  const { wheel, stick, remote, pilot, report } = driving;
  const act = async (action: PilotAction, model = config.drive.model): Promise<void> => {
    if (action === "model") await pilot.start(model);
    if (action === "stick") await pilot.stop();
    if (action === "pause") await pilot.pause();
    if (action === "resume") pilot.resume();
  };
  return {
    state: report,
    pilot: async (action, model) => {
      try {
        await act(action, model);
      } catch (cause) {
        throw new RemoteRefusal("not_possible", (cause as Error).message, { cause });
      }
      return report();
    },
    release: async () => {
      await remote.release("the wheel was given back by a request");
      return report();
    },
    stop: async (reason) => {
      const stopping = wheel.stop(reason);
      // Whoever is at the car does not see why it stands; a trigger let go and pulled again must not be enough.
      stick.hold();
      // A model that is about to arm would do so after it: it waits for a person, too.
      await pilot.pause();
      await stopping;
      return report();
    },
  };
}
