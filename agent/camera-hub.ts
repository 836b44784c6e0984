// One camera, several followers: a camera has one consumer, which is this hub; the recorder and the watcher each get a view of it.
import type { Camera } from "../device/camera/camera.ts";
import { createFrameQueue, type FrameQueue } from "../device/camera/frame-queue.ts";
import type { CapturedFrame } from "../device/frame.ts";

export type ViewOptions = {
  /**
   * newest: a follower that is late loses its oldest waiting frames, and nobody else notices. every: the camera waits for the
   * follower; only for a source that can wait (a folder, a simulation that runs as fast as it is looked at).
   */
  readonly pace: "newest" | "every";
  /** Frames that may wait for the follower. */
  readonly capacity: number;
};

export type View = {
  /** The frames from now on; one consumer. Ends with the camera, or when the signal aborts. */
  readonly frames: Camera["frames"];
  /** Frames this follower lost by being late. */
  readonly lost: () => number;
};

/** Life: create → view… → their frames, each once. The camera is closed by whoever opened it. */
export type CameraHub = {
  readonly camera: Camera;
  /** Views that begin in the same turn of the event loop see the same first frame. */
  readonly view: (options: ViewOptions) => View;
};

type Follower = {
  readonly queue: FrameQueue<CapturedFrame>;
  readonly options: ViewOptions;
  readonly onLost: () => void;
  /** Wakes the hub that waits for room. */
  onRoom: () => void;
};

export function createCameraHub(camera: Camera): CameraHub {
  const followers = new Set<Follower>();
  const stop = new AbortController();
  let isStarted = false;

  const give = async (follower: Follower, frame: CapturedFrame): Promise<void> => {
    const { queue, options } = follower;
    while (options.pace === "every" && followers.has(follower) && queue.waiting() >= options.capacity)
      await new Promise<void>((resolve) => {
        follower.onRoom = resolve;
      });
    if (followers.has(follower) && queue.push(frame) !== null) follower.onLost();
  };
  const read = async (): Promise<void> => {
    try {
      for await (const frame of camera.frames(stop.signal)) {
        // Those who wait for nobody first.
        for (const follower of followers) if (follower.options.pace === "newest") void give(follower, frame);
        for (const follower of followers) if (follower.options.pace === "every") await give(follower, frame);
      }
      for (const { queue } of followers) queue.end();
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      for (const { queue } of followers) queue.fail(error);
    }
  };
  const join = (follower: Follower): void => {
    followers.add(follower);
    if (isStarted) return;
    isStarted = true;
    setImmediate(() => void read());
  };
  const leave = (follower: Follower): void => {
    followers.delete(follower);
    follower.onRoom();
    // A camera is read once: when nobody follows it any more it stops for good.
    if (followers.size === 0) stop.abort();
  };

  return {
    camera,
    view: (options) => {
      let lost = 0;
      return {
        lost: () => lost,
        async *frames(signal) {
          if (stop.signal.aborted) return;
          const follower: Follower = {
            queue: createFrameQueue<CapturedFrame>({
              capacity: options.capacity,
              onTake: () => follower.onRoom(),
            }),
            options,
            onLost: () => {
              lost += 1;
            },
            onRoom: () => undefined,
          };
          join(follower);
          try {
            yield* follower.queue.take(signal);
          } finally {
            leave(follower);
          }
        },
      };
    },
  };
}

/** A camera of which the follower sees its own view; everything else is the camera's. */
export function cameraOfView(camera: Camera, view: View): Camera {
  return {
    id: camera.id,
    frames: view.frames,
    status: () => {
      const status = camera.status();
      const lost = view.lost();
      return lost === 0
        ? status
        : { ...status, dropped: { ...status.dropped, lag: (status.dropped.lag ?? 0) + lost } };
    },
    close: camera.close,
  };
}
