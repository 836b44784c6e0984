// Binds the driver far away to the link: what comes on `control/drive` is obeyed or counted, and a link that is gone stops the car.
import type { MqttLink } from "../../sync/clients/mqtt-link.ts";
import type { RemoteDriver } from "../drive/remote-driver.ts";
import type { RemoteTopics } from "./topics.ts";

/** Begins at once. Life: create → close, before the link; may be closed twice. */
export function createDriveControl(deps: {
  readonly link: Pick<MqttLink, "subscribe" | "onState">;
  readonly topics: Pick<RemoteTopics, "controlDrive">;
  readonly driver: RemoteDriver;
}): { readonly close: () => void } {
  const { link, topics, driver } = deps;
  const leave = [
    link.subscribe(topics.controlDrive, driver.take),
    link.onState(({ phase }) => {
      if (phase !== "connected") driver.lost();
    }),
  ];
  return {
    close: () => {
      driver.lost();
      for (const part of leave.splice(0)) part();
    },
  };
}
