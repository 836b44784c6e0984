// What somebody far away can have done at the wheel by a request: ask, give the wheel back, stop the car.
import type { Agent } from "../agent.ts";
import { type DriveHands, RemoteRefusal } from "./hands.ts";

export function createDriveHands({ driving }: Pick<Agent, "driving">): DriveHands {
  const { wheel, remote, report } = driving;
  return {
    state: report,
    pilot: async () => {
      throw new RemoteRefusal("not_available", "Nothing here drives but a person");
    },
    release: async () => {
      await remote.release("the wheel was given back by a request");
      return report();
    },
    stop: async (reason) => {
      await wheel.stop(reason);
      return report();
    },
  };
}
