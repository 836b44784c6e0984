// Values of a configuration by dotted path, as flags, environment and changes from afar name them; a camera's are `cameras.<id>.…`.

export type Values = Record<string, unknown>;

/** Puts a value at a path, making what is missing on the way. @throws Error when the path leads nowhere. */
export function setPath(values: Values, path: string, value: unknown): void {
  const parts = path.split(".");
  let place = values;
  parts.slice(0, -1).forEach((part, depth) => {
    place = depth === 1 && parts[0] === "cameras" ? cameraOf(place, part) : childOf(place, part);
  });
  place[parts.at(-1)!] = value;
}

/** What is at a path; undefined: nothing. */
export function valueAt(values: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((place, part) => {
    if (Array.isArray(place)) return place.find((each) => idOf(each) === part);
    if (typeof place !== "object" || place === null || !Object.hasOwn(place, part)) return undefined;
    return (place as Values)[part];
  }, values);
}

/** Every value that is no group of others, by its path. Lists are values, but for the cameras. */
export function leavesOf(values: unknown, path = ""): ReadonlyMap<string, unknown> {
  const leaves = new Map<string, unknown>();
  const below = (name: string, value: unknown): void => {
    for (const leaf of leavesOf(value, path === "" ? name : `${path}.${name}`)) leaves.set(...leaf);
  };
  if (path === "cameras" && Array.isArray(values)) for (const camera of values) below(idOf(camera), camera);
  // `drive: pca9685:1` is short for its url.
  else if (path === "drive" && typeof values === "string") leaves.set("drive.url", values);
  else if (isGroup(values)) for (const [name, value] of Object.entries(values)) below(name, value);
  else leaves.set(path, values);
  return leaves;
}

/** Whether one path is the other, above it or below it. */
export function isSameOrAround(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`);
}

function isGroup(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The one camera that there is when nobody names any is called front. */
function idOf(camera: unknown): string {
  const id = isGroup(camera) ? camera.id : undefined;
  return typeof id === "string" ? id : "front";
}

function childOf(place: Values, name: string): Values {
  const child = Object.hasOwn(place, name) ? place[name] : undefined;
  if (name === "drive" && typeof child === "string") place[name] = { url: child };
  else if (name === "cameras") place[name] = Array.isArray(child) ? child : [{}];
  else if (!isGroup(child)) place[name] = {};
  return place[name] as Values;
}

function cameraOf(cameras: unknown, id: string): Values {
  const found = (cameras as readonly unknown[]).find((camera) => isGroup(camera) && idOf(camera) === id);
  if (found !== undefined) return found as Values;
  const known = (cameras as readonly unknown[]).map(idOf).join(", ");
  throw new Error(`cameras.${id}: expected one of ${known}`);
}
