// The newest picture of each camera, retained, for a screen at home: now and then, when something is seen, and when somebody asks.
import { setMaxListeners } from "node:events";
import type { Clock } from "../../../device/clock.ts";
import { guardJson } from "../../../device/json-guard.ts";
import type { Log } from "../../../device/log.ts";
import type { LinkMessage, MqttLink } from "../../../sync/clients/mqtt-link.ts";
import { createTokenBucket } from "../token-bucket.ts";
import type { RemoteTopics } from "../topics.ts";

/** A picture as the store keeps it. */
export type StoredPicture = {
  readonly imgId: string;
  readonly size: number;
  readonly bytes: () => Uint8Array | null;
};

export type PicturesOptions = {
  readonly link: MqttLink;
  readonly topics: RemoteTopics;
  readonly cameras: readonly string[];
  /** The newest picture kept; null: none yet. */
  readonly newest: (camera: string) => StoredPicture | null;
  /** Whether something is seen on it now. */
  readonly isAlert: (camera: string) => boolean;
  /** Time between two pictures of a camera now, ms; null: only on alert and when asked. */
  readonly everyMs: () => number | null;
  readonly clock: Clock;
  readonly log: Log;
};

/** Life: create (it serves at once) → close. */
export type Pictures = { readonly close: () => Promise<void> };

/** Larger ones stay at home: the topic is for a glance, the bucket for the picture. */
const mostBytes = 300_000;
const lookEveryMs = 1_000;
const mostRequestBytes = 256;

export function createPictures(options: PicturesOptions): Pictures {
  const { link, topics, cameras, newest, isAlert, everyMs, clock, log } = options;
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  /** The img_id that the broker has. */
  const said = new Map<string, string>();
  /** When one was last tried, monotonic ns: a link that breaks under it is not tried with every connection. */
  const triedNs = new Map<string, number>();
  const alerts = new Set<string>();
  const asked = new Set<string>();
  const tooLarge = new Set<string>();
  const mayAsk = createTokenBucket({ burst: 5, perSecond: 0.5 }, clock);

  const isDue = (camera: string): boolean => {
    const begins = isAlert(camera) && !alerts.has(camera);
    if (isAlert(camera)) alerts.add(camera);
    else alerts.delete(camera);
    if (begins || asked.has(camera)) return true;
    const pauseMs = everyMs();
    if (pauseMs === null) return false;
    return clock.monotonicNs() - (triedNs.get(camera) ?? Number.NEGATIVE_INFINITY) >= pauseMs * 1e6;
  };
  const show = async (camera: string): Promise<void> => {
    const picture = newest(camera);
    if (picture === null || picture.imgId === said.get(camera)) return;
    if (picture.size > mostBytes) {
      if (!tooLarge.has(camera))
        log.warn(
          { camera, size: picture.size, mostBytes },
          "Pictures of this camera are too large for Home Assistant",
        );
      tooLarge.add(camera);
      return;
    }
    const payload = picture.bytes();
    if (payload === null) return;
    triedNs.set(camera, clock.monotonicNs());
    // Waited for: on a slow link there is one picture on its way, never a queue of them.
    await link.publish({ topic: topics.cameraPicture(camera), payload, qos: 1, retain: true }, stop.signal);
    said.set(camera, picture.imgId);
    asked.delete(camera);
  };
  const follow = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      for (const camera of link.state().phase === "connected" ? cameras : [])
        if (isDue(camera))
          await show(camera).catch((error: Error) =>
            log.debug({ camera, reason: error.message }, "A picture was not shown"),
          );
      await clock.sleep(lookEveryMs, stop.signal).catch(() => undefined);
    }
  };
  const onAsked = ({ payload, retained }: LinkMessage): void => {
    const camera = retained || !mayAsk() ? null : cameraOf(payload);
    for (const each of cameras) if (camera === each || camera === "") asked.add(each);
  };

  const leave = [
    link.subscribe(topics.controlPicture, onAsked),
    // A broker that was restarted may have forgotten them: they are said again when it is time.
    link.onConnect(async () => said.clear()),
  ];
  const following = follow();
  return {
    close: async () => {
      for (const part of leave.splice(0)) part();
      stop.abort(new Error("the device is stopping"));
      await following;
    },
  };
}

/** The camera that is asked for; "": all of them; null: this is no request. */
function cameraOf(payload: Uint8Array): string | null {
  if (payload.length === 0) return "";
  if (payload.length > mostRequestBytes) return null;
  try {
    const text = Buffer.from(payload).toString("utf8");
    guardJson(text, 2);
    const { camera = "" } = JSON.parse(text) as { camera?: unknown };
    return typeof camera === "string" ? camera : null;
  } catch {
    // Nobody is answered here; garbage asks for nothing.
    return null;
  }
}
