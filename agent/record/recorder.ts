// The recorder: keeps a frame with its label while the car moves, whoever drives, in runs that a person starts, pauses and stops; the
// car moves in a run only. It holds nothing that a power cut could lose but the commit window.
import { ulid } from "ulid";
import type { Camera } from "../../device/camera/camera.ts";
import type { CapturedFrame } from "../../device/frame.ts";
import type { ButtonName, GamepadState } from "../../device/gamepad/gamepad.ts";
import { formatImageId } from "../../device/image-id.ts";
import type { SessionTemplate } from "../../device/label.ts";
import type { RunRecord } from "../../device/run.ts";
import type { Stick } from "../drive/stick.ts";
import type { Wheel } from "../drive/wheel.ts";
import type { Emit } from "../events.ts";
import { prefixOf } from "../frame-ids.ts";
import { eraseFrames, restoreFrames } from "./erase.ts";
import { createKeeper, type KeeperFigures, type KeeperOptions, type Tally } from "./keeper.ts";
import { createPercentiles } from "./percentiles.ts";
import { labelOfStick, stoppedSpeed } from "./stick-label.ts";
import { createTurns } from "./turns.ts";

/** What a button does. */
export type RecordAction = "stop" | "erase" | "undoErase" | "mark" | "pause";

export type RecorderSettings = {
  /** Least time between two kept frames of a camera, ms. */
  readonly delayMs: number;
  /** How often a frame is kept without a label while the car stands, ms; 0: every frame; null: never. */
  readonly standingEveryMs: number | null;
  /** What the erase button takes, seconds. */
  readonly eraseSeconds: number;
  readonly buttons: Readonly<Record<RecordAction, ButtonName | null>>;
};

/** What the recorder is doing, for a status line, MQTT and health. */
export type RecorderState = KeeperFigures & {
  readonly run: RunRecord | null;
  readonly paused: boolean;
  readonly erased: number;
  readonly stick: GamepadState | null;
  /** true: the gamepad was lost and is back; the pause button with the trigger at rest lets the car move again. */
  readonly needsConfirmation: boolean;
  /** Age of the command at the exposure it labels, ms. */
  readonly labelSkewMs: { readonly p50: number | null; readonly p99: number | null };
};

export type RecorderOptions = KeeperOptions & {
  readonly wheel: Wheel;
  readonly stick: Stick;
  readonly cameras: readonly Camera[];
  readonly settings: RecorderSettings;
  readonly emit: Emit;
  /** What goes on beside it as long as it follows. */
  readonly alongside?: (signal: AbortSignal) => Promise<void>;
  /** Told of every run that ended, whoever ended it. */
  readonly onRunEnded?: (run: RunRecord) => void;
};

export type Recorder = {
  /** Follows stick, wheel and cameras; resolves when the signal aborts or every camera ended, with everything on disk and the drive neutral. */
  readonly follow: (signal: AbortSignal) => Promise<void>;
  /** Begins a run; an open one is ended first. @param output the folder it is left in when it ends; not given: none. */
  readonly start: (session: SessionTemplate, output?: string | null) => Promise<RunRecord>;
  /** Ends the run; null when none was open. */
  readonly stop: (reason: string) => Promise<RunRecord | null>;
  readonly pause: () => Promise<void>;
  readonly resume: () => Promise<void>;
  /** Marks this moment of the run; false when none is open. */
  readonly mark: (note: string) => Promise<boolean>;
  /** Erases what the last `seconds` recorded in the run; resolves with the number of frames. */
  readonly erase: (seconds: number) => Promise<number>;
  /** Brings back what the newest erase took; resolves with the number of frames. */
  readonly undoErase: () => Promise<number>;
  readonly state: () => RecorderState;
};

/** A frame may come this much before its delay is over: at 30 fps the third frame after 100 ms is as often at 99.9 as at 100.1. */
const delayGraceMs = 2;

export function createRecorder(options: RecorderOptions): Recorder {
  const { store, clock, log, wheel, stick, settings, plan, emit } = options;
  const keeper = createKeeper(options);
  const skew = createPercentiles();
  const newestTakenNs = new Map<string, number>();
  const erasures: (readonly string[])[] = [];
  let run: RunRecord | null = null;
  let lastRun: RunRecord | null = null;
  let tally: Tally = { frames: 0, labels: 0 };
  let paused = false;
  /** The run is about to end: nothing moves and nothing is recorded, though its books are still open. */
  let ending = false;
  /** It follows nothing any more: what moved now would move unrecorded. */
  let isOver = false;
  let erased = 0;
  /** Starting, stopping and erasing take turns: each changes the books of the run. */
  const inTurn = createTurns();

  /** Lets an action finish by itself: the stick never waits for the disk. */
  const act = (name: string, action: Promise<unknown>): void => {
    action.catch((cause: unknown) => log.error({ cause, action: name }, "an action of the recorder failed"));
  };

  /** A board that does not take neutral goes on being tried by who looks after it: the books of the run do not wait for that. */
  const stand = (reason: string): Promise<void> =>
    wheel
      .forbid(reason)
      .catch((cause: unknown) => log.error({ cause, reason }, "the car could not be stopped"));

  const onPress = (button: ButtonName): void => {
    const { buttons } = settings;
    if (button === buttons.stop) act("stop", recorder.stop("button"));
    if (button === buttons.erase) act("erase", recorder.erase(settings.eraseSeconds));
    if (button === buttons.undoErase) act("undo erase", recorder.undoErase());
    if (button === buttons.mark) act("mark", recorder.mark("button"));
    if (button === buttons.pause) pressPause();
    // The hand is on the pad again. Without a pause button any button that does nothing else says so, too.
    if (button === "guide") stick.confirm();
    else if (buttons.pause === null && !Object.values(buttons).includes(button)) stick.confirm();
  };

  const pressPause = (): void => {
    if (stick.needsConfirmation()) stick.confirm();
    else if (run === null && lastRun !== null) act("start", recorder.start(lastRun.session, lastRun.output));
    else if (paused) act("resume", recorder.resume());
    else act("pause", recorder.pause());
  };

  const onFrame = (captured: CapturedFrame): void => {
    if (run === null || paused || ending) return;
    const { camera, moment } = captured;
    const sinceTakenMs = (moment.monotonicNs - (newestTakenNs.get(camera) ?? Number.NEGATIVE_INFINITY)) / 1e6;
    if (sinceTakenMs < settings.delayMs - delayGraceMs) return;
    const commanded = wheel.commandAt(moment.monotonicNs);
    const label = commanded === null ? null : labelOfStick(commanded, options.mapping);
    if (commanded !== null && label !== null && label.speed !== stoppedSpeed) {
      skew.add((moment.monotonicNs - commanded.monotonicNs) / 1e6);
      keeper.keep(captured, run, { ...label, createdBy: commanded.driver.createdBy }, tally);
    } else if (settings.standingEveryMs !== null && sinceTakenMs >= settings.standingEveryMs) {
      keeper.keep(captured, run, null, tally);
    } else return;
    newestTakenNs.set(camera, moment.monotonicNs);
  };

  const book = (sign: 1 | -1, frames: number, labels: number): void => {
    erased -= sign * frames;
    tally.frames += sign * frames;
    tally.labels += sign * labels;
  };

  const say = (type: string, body: Readonly<Record<string, unknown>>): void => act(type, emit(type, body));

  const begin = async (session: SessionTemplate, output: string | null): Promise<RunRecord> => {
    if (isOver) throw new Error("Expected a recorder that runs, got one that has stopped");
    await end("next run");
    const startedAt = clock.now();
    const started: RunRecord = {
      id: ulid(Math.floor(startedAt.wallUs / 1000)),
      startedAt,
      endedAt: null,
      session,
      prefix: prefixOf(session.event, formatImageId(startedAt.wallUs)),
      output,
      frames: 0,
      labels: 0,
      marks: [],
    };
    await store.commit(() => {
      store.runs.put(started.id, started);
      store.journal.write("run.started", { run: started.id, event: session.event });
    });
    tally = { frames: 0, labels: 0 };
    erasures.length = 0;
    paused = false;
    ending = false;
    run = started;
    say("run.started", { run: started.id, event: session.event });
    await wheel.allow();
    return started;
  };

  const end = async (reason: string): Promise<RunRecord | null> => {
    const open = run;
    ending = false;
    if (open === null) return null;
    run = null;
    await stand(`no run is on, the last one ended (${reason})`);
    // What is on its way to the disk still counts.
    await store.settle();
    await keeper.bookDrops().catch((cause: unknown) => log.error({ cause }, "drops could not be booked"));
    const endedAt = clock.now();
    // Should its books not be written (a full disk), the next start of the program ends it with what is on disk.
    lastRun = { ...open, ...tally, endedAt };
    const ended = await store.commit(() => {
      const marks = store.runs.get(open.id)?.marks ?? [];
      const record: RunRecord = { ...open, ...tally, marks, endedAt };
      store.runs.put(open.id, record);
      store.journal.write("run.stopped", { run: open.id, reason, ...tally });
      return record;
    });
    lastRun = ended;
    options.onRunEnded?.(ended);
    say("run.stopped", { run: ended.id, reason, frames: ended.frames, labels: ended.labels });
    return ended;
  };

  const followCameras = async (signal: AbortSignal): Promise<void> => {
    const ends = await Promise.allSettled(
      options.cameras.map(async (camera) => {
        try {
          for await (const captured of camera.frames(signal)) onFrame(captured);
        } catch (cause) {
          if (!signal.aborted) {
            log.error({ cause, camera: camera.id }, "a camera failed; the others go on");
            throw cause;
          }
        }
      }),
    );
    for (const each of ends) if (each.status === "rejected") throw each.reason;
  };

  const recorder: Recorder = {
    follow: async (signal) => {
      const ended = new AbortController();
      const both = AbortSignal.any([signal, ended.signal]);
      const driving = [
        wheel.follow(both),
        options.alongside?.(both),
        stick.follow({
          signal: both,
          onPress,
          onLost: () => act("gamepad.lost", emit("gamepad.lost", {}, { alert: true })),
        }),
      ];
      // Cameras may take seconds to end, and a driver far away is still heard.
      const stopCar = (): void => {
        isOver = true;
        void stand("the recorder stops");
      };
      signal.addEventListener("abort", stopCar, { once: true });
      if (signal.aborted) stopCar();
      try {
        await followCameras(both);
      } finally {
        isOver = true;
        signal.removeEventListener("abort", stopCar);
        ended.abort();
        await stand("the recorder stopped");
        await Promise.all(driving);
        await recorder
          .stop("end")
          .catch((cause: unknown) => log.error({ cause }, "the run could not be ended in the books"));
        await store.settle();
      }
    },
    start: (session, output = null) => inTurn(() => begin(session, output)),
    stop: async (reason) => {
      if (run !== null) {
        ending = true;
        await stand(`the run ends (${reason})`);
      }
      return inTurn(() => end(reason));
    },
    pause: async () => {
      if (run === null || paused) return;
      paused = true;
      await stand("the run is paused");
      say("run.paused", { run: run.id });
    },
    resume: async () => {
      if (run === null || !paused || ending || isOver) return;
      paused = false;
      say("run.resumed", { run: run.id });
      await wheel.allow();
    },
    mark: async (note) => {
      const marked = run;
      if (marked === null) return false;
      const at = clock.now();
      await store.commit(() => {
        const record = store.runs.get(marked.id) ?? marked;
        store.runs.put(marked.id, { ...record, marks: [...record.marks, { at, note }] });
      });
      // Before it counts as done: whoever asked from afar may be told so in the next moment.
      await emit("mark", { run: marked.id, note });
      return true;
    },
    erase: (seconds) => {
      // The moment counts at which it was asked, not that of its turn.
      const { monotonicNs, wallUs } = clock.now();
      return inTurn(async () => {
        const target = run ?? lastRun;
        if (target === null) return 0;
        const imgIds = keeper.recent(target.id, monotonicNs - seconds * 1e9);
        const gone = await eraseFrames({ store, plan }, { imgIds, nowUs: wallUs });
        if (gone.imgIds.length > 0) erasures.push(gone.imgIds);
        book(-1, gone.imgIds.length, gone.labels);
        say("erased", { run: target.id, frames: gone.imgIds.length, seconds });
        return gone.imgIds.length;
      });
    },
    undoErase: () =>
      inTurn(async () => {
        const imgIds = erasures.at(-1);
        if (imgIds === undefined) return 0;
        const back = await restoreFrames({ store, plan }, imgIds);
        erasures.pop();
        book(1, back.frames, back.labels);
        say("erase.undone", { frames: back.frames });
        return back.frames;
      }),
    state: () => ({
      ...keeper.figures(),
      run: run === null ? null : { ...run, ...tally },
      paused,
      erased,
      stick: stick.newest(),
      needsConfirmation: stick.needsConfirmation(),
      labelSkewMs: { p50: skew.at(0.5), p99: skew.at(0.99) },
    }),
  };
  return recorder;
}
