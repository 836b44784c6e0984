// `folder:DIR?loop=1&fps=10`: the pictures of a folder and the folders in it as a camera, in the order of their names ("2.jpg" before
// "10.jpg"; a folder where its name stands, as a memory card has them).
import { type Dirent, existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { checkOptions, type DeviceUrl, numberOption, parseDeviceUrl } from "../device-url.ts";
import type { Camera, CameraDeps, CameraSettings } from "./camera.ts";
import { readPictureFile } from "./read-picture.ts";
import { createReplayCamera, type ReplayPace, type ReplayPicture } from "./replay-camera.ts";
import type { CameraTally } from "./tally.ts";

const pictureName = /\.(jpe?g|png|webp)$/i;

/**
 * Opens a folder as a camera. Without `fps` the consumer sets the pace and no picture is lost to lag.
 * `truth` holds the file's path in the folder and its time of last change, ms since 1970.
 * @throws Error when the folder is not there or an option is wrong.
 */
export async function openFolderCamera(settings: CameraSettings, deps: CameraDeps): Promise<Camera> {
  const url = parseDeviceUrl(settings.url);
  checkOptions(url, ["loop", "fps"]);
  const directory = url.place;
  const isLoop = numberOption(url, "loop", { min: 0, max: 1, fallback: 0 }) === 1;
  await checkDirectory(directory, settings.url);

  async function* read(tally: CameraTally, signal: AbortSignal): AsyncGenerator<ReplayPicture> {
    do {
      const names = await listPictures(directory, tally, signal);
      let given = 0;
      for (const name of names) {
        if (signal.aborted) return;
        const picture = await readFolderPicture(directory, name, tally, deps);
        if (picture === null) continue;
        given += 1;
        yield picture;
      }
      if (given === 0) {
        const held = names.length === 0 ? "none" : `${names.length}, none of them readable`;
        tally.report(`Expected pictures (.jpg, .png, .webp) in ${directory}, got ${held}`);
        return; // Also when looping: the next round would find no more.
      }
    } while (isLoop && !signal.aborted);
  }
  return createReplayCamera({ id: settings.id, pace: paceOf(url), read }, deps);
}

async function readFolderPicture(
  directory: string,
  name: string,
  tally: CameraTally,
  { log }: CameraDeps,
): Promise<ReplayPicture | null> {
  const path = join(directory, name);
  const file = await readPictureFile(path);
  if ("dropped" in file) {
    tally.count();
    tally.dropped(file.dropped);
    tally.report(file.problem);
    log.warn({ file: path }, file.problem);
    return null;
  }
  const { modifiedMs, ...picture } = file;
  return { ...picture, recordedMs: 0, truth: { file: name, modifiedMs: Math.round(modifiedMs) } };
}

/**
 * Paths below the folder in a person's order; hidden files (and macOS's `._` shadows of pictures) are none. Links to folders are not
 * followed: they may lead in a circle.
 */
async function listPictures(
  directory: string,
  tally: CameraTally,
  signal: AbortSignal,
  below = "",
): Promise<string[]> {
  const order = new Intl.Collator("en", { numeric: true });
  let entries: Dirent[];
  try {
    entries = await readdir(join(directory, below), { withFileTypes: true });
  } catch (error) {
    if (below === "") throw error;
    tally.report(`${join(directory, below)}: cannot be read: ${(error as Error).message}`);
    return [];
  }
  entries.sort((a, b) => order.compare(a.name, b.name) || (a.name < b.name ? -1 : 1));
  const paths: string[] = [];
  for (const entry of entries) {
    if (signal.aborted) return [];
    if (entry.name.startsWith(".")) continue;
    const path = join(below, entry.name);
    // One by one: a spread of a large folder's paths would not fit on the stack.
    if (entry.isDirectory()) {
      // A data folder: what this program has there it has seen already.
      if (existsSync(join(directory, path, "store", "data.mdb"))) continue;
      for (const each of await listPictures(directory, tally, signal, path)) paths.push(each);
    } else if (pictureName.test(entry.name)) paths.push(path);
  }
  return paths;
}

async function checkDirectory(directory: string, url: string): Promise<void> {
  let problem = "it is no folder";
  try {
    if ((await stat(directory)).isDirectory()) return;
  } catch (error) {
    problem = (error as Error).message;
  }
  throw new Error(`Expected camera "${url}" to name a folder of pictures: ${problem}`);
}

function paceOf(url: DeviceUrl): ReplayPace {
  const fps = numberOption(url, "fps", { min: 0, max: 1000, fallback: 0 });
  return fps === 0 ? "consumer" : { fps };
}
