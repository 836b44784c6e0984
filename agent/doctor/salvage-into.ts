// A damaged data file read by hand into a new store, where the device had no room for it.
import { existsSync, readdirSync } from "node:fs";
import { type Salvage, salvageData } from "../../device/store/salvage.ts";

/** @throws Error when there is no such file, or the folder holds something. */
export async function salvageInto(file: string, into: string): Promise<Salvage> {
  if (!existsSync(file))
    throw new Error(`Expected --salvage to be a data file, got ${file}, which is not there`);
  if (existsSync(into) && readdirSync(into).length > 0)
    throw new Error(`Expected --into to be a new or an empty folder, got ${into}, which holds something`);
  return salvageData(file, into);
}
