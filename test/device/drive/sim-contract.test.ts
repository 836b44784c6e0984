import { createTrackWorld } from "../../../device/camera/sim/track.ts";
import { createSimDrive } from "../../../device/drive/sim.ts";
import { testDrive } from "../../contracts/drive.ts";

testDrive("createSimDrive()", async () => {
  let nowS = 0;
  const drive = createSimDrive(createTrackWorld({ seed: 1 }), { nowS: () => nowS });
  return {
    drive,
    advance: async (ms) => {
      nowS += ms / 1000;
    },
    close: () => drive.close(),
  };
});
