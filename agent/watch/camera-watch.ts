// One camera under watch: a frame comes, is looked at, and what was seen becomes detections, sequences and sightings in the store.
// One look at a time; the frames of the last looks stay in memory, so that what led up to a sequence can be kept with it.
import { ulid } from "ulid";
import type { CapturedFrame } from "../../device/frame.ts";
import type { Log } from "../../device/log.ts";
import type { PictureHashes } from "../../device/picture-hashes.ts";
import type { SequenceRecord } from "../../device/sequence.ts";
import type { Detector, Picture } from "../../models/vision.ts";
import type { CameraConfig, Config } from "../config.ts";
import type { FrameIds } from "../frame-ids.ts";
import type { Identification, Match } from "../identify/identifier.ts";
import { type CameraFigures, createFigureBook, type FigureBook } from "./camera-figures.ts";
import type { KnownPictures } from "./known-pictures.ts";
import type { Look, LookedFrame, LookKeeper, NewSighting, Suggestion } from "./look-keeper.ts";
import type { NearDuplicates } from "./near-duplicates.ts";
import { createNightJudge, type Daylight } from "./night.ts";
import { createPortraits, portraitQuality } from "./portraits.ts";
import type { SequenceEvents } from "./sequence-events.ts";
import { createSequences, type SeenSequence, type SequenceStep } from "./sequences.ts";
import type { WatchModels } from "./watch-models.ts";

export type CameraWatchOptions = {
  readonly camera: string;
  readonly settings: CameraConfig["watch"];
  readonly watch: Pick<Config["watch"], "keep" | "window" | "embedder">;
  /** true: every frame counts, also at night. */
  readonly looksAtAll: boolean;
  readonly ids: FrameIds;
  readonly keeper: LookKeeper;
  readonly events: SequenceEvents;
  readonly knownPictures?: Pick<KnownPictures, "has">;
  readonly nearDuplicates?: Pick<NearDuplicates, "of">;
  readonly log: Log;
  /** false: the store has no room left for new frames. */
  readonly mayCapture: () => boolean;
  /** Told of every frame that is on disk. */
  readonly onKept: (frame: CapturedFrame, imgId: string) => void;
};

export type CameraWatch = {
  readonly book: FigureBook;
  /**
   * Looks at a picture; resolves when it was looked at, its commit under way.
   * @throws ModelError when the detector failed.
   */
  readonly look: (frame: CapturedFrame, picture: Picture, context: LookContext) => Promise<void>;
  /** Ends sequences nobody saw for long, also when no frame comes any more. */
  readonly expire: (atNs: number) => void;
  /** Ends all sequences; resolves when everything is on disk. */
  readonly end: () => Promise<void>;
  readonly daylightAt: (atNs: number) => Daylight;
  readonly isExpecting: () => boolean;
  readonly figures: (atNs: number) => Omit<CameraFigures, "frozen">;
};

export type LookContext = { readonly models: WatchModels; readonly signal: AbortSignal };

/** Things that have no individuals: nobody asks which smoke it is. */
const withoutIdentity: ReadonlySet<string> = new Set(["smoke", "fire", "flame", "plume", "cloud"]);
/** Encoded pictures of the last looks that are held for a sequence to come, bytes. */
const mostHeldBytes = 32 * 2 ** 20;
/** Commits under way before a look waits for the oldest. */
const mostCommits = 16;

/** Possible individuals that a sighting names. */
const shownCandidates = 3;

type Held = LookedFrame & {
  /** On disk, or on its way there. */
  isKept: boolean;
  /** It belongs on disk; a later look may still bring it there. */
  isWanted: boolean;
};

export function createCameraWatch(options: CameraWatchOptions): CameraWatch {
  const { camera, settings, watch, log } = options;
  const book = createFigureBook();
  const night = createNightJudge();
  const portraits = createPortraits();
  const commits: Promise<void>[] = [];
  let sequences: ReturnType<typeof createSequences> | null = null;
  let held: Held[] = [];
  /** What the disk said last, when it did not take what was sent: it is told once. */
  let refusal: string | null = null;

  const sequencesOf = (detector: Detector) => {
    sequences ??= createSequences({
      camera,
      model: detector.model.manifest.id,
      window: watch.window,
      masks: settings.masks,
    });
    return sequences;
  };

  const hold = (frame: Held): void => {
    const all = [...held, frame];
    let first = Math.max(0, all.length - watch.window.frames);
    let bytes = all.slice(first).reduce((sum, { captured }) => sum + captured.bytes.byteLength, 0);
    while (bytes > mostHeldBytes && first < all.length - 1) {
      bytes -= all[first]!.captured.bytes.byteLength;
      first += 1;
    }
    held = all.slice(first);
    letGo(all.slice(0, first));
  };

  const letGo = (frames: readonly Held[]): void =>
    book.lost(frames.filter(({ isWanted, isKept }) => isWanted && !isKept).length);

  /** Asks who the sequences on this picture are, where it shows more of them than the pictures before. */
  const recognise = async (
    looked: Held,
    seen: readonly SeenSequence[],
    picture: Picture,
    { models, signal }: LookContext,
  ): Promise<{
    readonly sightings: readonly NewSighting[];
    readonly suggestions: ReadonlyMap<string, Suggestion>;
  }> => {
    const nobody = { sightings: [], suggestions: new Map<string, Suggestion>() };
    const { identifier } = models;
    if (identifier === null) return nobody;
    const { moment } = looked.captured;
    const atNs = moment.monotonicNs;
    const wanted = seen.flatMap((each) => {
      if (withoutIdentity.has(each.className)) return [];
      const others = looked.found.filter(({ box }) => box !== each.box).map(({ box }) => box);
      const quality = portraitQuality(each, picture, others);
      return portraits.wants(each.id, quality, atNs) ? [{ ...each, quality }] : [];
    });
    if (wanted.length === 0) return nobody;
    let answers: readonly Identification[];
    try {
      answers = await identifier.identify(
        picture,
        wanted.map(({ box }) => box),
        { signal },
      );
    } catch (cause) {
      // What was detected is kept all the same; who it is can be asked again of the next picture.
      if (!signal.aborted) log.warn({ camera, cause }, "who it is could not be asked");
      return nobody;
    }
    const suggestions = new Map<string, Suggestion>();
    const sightings = wanted.map((each, index): NewSighting => {
      const identification = answers[index]!;
      const { imgId } = looked;
      const { box, quality } = each;
      const crops = portraits.add(each.id, { imgId, box, quality, identification }, atNs);
      const { best, matches } = identifier.combine(crops.map((crop) => crop.identification));
      const suggestion = suggestionOf(best, matches);
      suggestions.set(each.id, suggestion);
      sequences?.identify(each.id, suggestion.individual);
      return {
        sighting: {
          id: ulid(Math.floor(moment.wallUs / 1000)),
          imgId,
          box,
          ...suggestion,
          state: "suggested",
          side: "unknown",
          by: watch.embedder ?? "none",
          atUs: moment.wallUs,
          sequence: each.id,
          metadata: {
            camera,
            className: each.className,
            confidence: each.confidence,
            quality,
            // For the person who looks through it: who it may be, although it is not sure enough to say so.
            candidates: matches
              .slice(0, shownCandidates)
              .map(({ individual, score }) => ({ individual, score })),
          },
        },
        vectors: identification.vectors,
      };
    });
    return { sightings, suggestions };
  };

  const hashOf = async (picture: Picture, { models, signal }: LookContext): Promise<PictureHashes | null> => {
    try {
      return models.hash === null ? null : await models.hash(picture, signal);
    } catch (cause) {
      if (!signal.aborted) log.debug({ camera, cause }, "a picture could not be hashed");
      return null;
    }
  };

  /** Sends a look to the disk; does not wait for it. */
  const commit = (look: Look, frames: readonly Held[]): void => {
    for (const frame of frames) frame.isKept = true;
    commits.push(
      options.keeper.keep(look).then(
        (fresh) => {
          refusal = null;
          book.kept(fresh);
          book.opened(look.opened.length);
          book.sighted(look.sightings.length);
          for (const { captured, imgId } of frames) options.onKept(captured, imgId);
        },
        (cause: unknown) => {
          for (const frame of frames) frame.isKept = false;
          letGo(frames.filter((frame) => !held.includes(frame)));
          const words = cause instanceof Error ? cause.message : String(cause);
          log[words === refusal ? "debug" : "error"]({ camera, cause }, "what was seen could not be kept");
          refusal = words;
        },
      ),
    );
  };

  const finish = (closed: readonly SequenceRecord[]): void => {
    if (closed.length === 0) return;
    for (const { id } of closed) portraits.forget(id);
    commit({ ...emptyLook, changed: closed, events: closed.flatMap(options.events.closed) }, []);
  };

  const keepLook = (
    step: SequenceStep,
    { sightings, suggestions }: Pick<Look, "sightings" | "suggestions">,
    atNs: number,
  ): void => {
    const inSequence = new Set(step.frames.map(({ imgId }) => imgId));
    const keepsAll = watch.keep === "all";
    const mayCapture = options.mayCapture();
    for (const frame of held) if (keepsAll || inSequence.has(frame.imgId)) frame.isWanted = true;
    const frames = mayCapture ? held.filter(({ isKept, isWanted }) => isWanted && !isKept) : [];
    const there = new Set(held.filter(({ isKept }) => isKept).map(({ imgId }) => imgId));
    for (const { imgId } of frames) there.add(imgId);
    const opened = recordsOf(step.opened);
    const grown = recordsOf(step.grown);
    const look: Look = {
      frames,
      opened,
      changed: [...grown, ...step.closed],
      sequenceFrames: step.frames.filter(({ imgId }) => there.has(imgId)),
      sightings: sightings.filter(({ sighting }) => there.has(sighting.imgId)),
      suggestions,
      events: [
        ...step.closed.flatMap(options.events.closed),
        ...opened.flatMap(options.events.opened),
        ...grown.flatMap((sequence) => options.events.updated(sequence, atNs)),
      ],
    };
    for (const { id } of step.closed) portraits.forget(id);
    if (frames.length + look.changed.length + opened.length > 0) commit(look, frames);
  };

  const recordsOf = (ids: readonly string[]): readonly SequenceRecord[] =>
    ids.flatMap((id) => sequences?.get(id) ?? []);

  return {
    book,
    look: async (captured, picture, context) => {
      const atNs = captured.moment.monotonicNs;
      night.look(picture, atNs);
      if (!options.looksAtAll && settings.night === "rest" && night.at(atNs) === "night") {
        book.skipped("night");
        return;
      }
      const detector = context.models.detectorOf(camera);
      const imgId = options.ids.of(captured);
      if (options.knownPictures?.has(imgId, detector.model.manifest.id)) {
        book.skipped("known");
        return;
      }
      const found = await detector.detect(picture, { signal: context.signal });
      book.looked(
        atNs,
        found.map(({ className }) => className),
      );
      const step = sequencesOf(detector).push({ imgId, moment: captured.moment, found });
      const isKept = watch.keep === "all" || step.seen.length > 0;
      const hashes = isKept ? await hashOf(picture, context) : null;
      if (hashes !== null && (options.nearDuplicates?.of(imgId, hashes) ?? null) !== null)
        book.nearDuplicate();
      const looked: Held = {
        captured,
        imgId,
        model: detector.model.manifest.id,
        found,
        hashes,
        isKept: false,
        isWanted: false,
      };
      hold(looked);
      keepLook(step, await recognise(looked, step.seen, picture, context), atNs);
      // The disk may be slow, but what waits for it must not fill the memory.
      while (commits.length > mostCommits) await commits.shift();
    },
    expire: (atNs) => finish(sequences?.expire(atNs) ?? []),
    end: async () => {
      finish(sequences?.end() ?? []);
      await Promise.all(commits.splice(0));
      letGo(held.splice(0));
    },
    daylightAt: night.at,
    isExpecting: () => sequences?.isExpecting() ?? false,
    figures: (atNs) => ({
      id: camera,
      ...book.read(),
      openSequences: sequences?.open() ?? 0,
      daylight: night.at(atNs),
    }),
  };
}

const emptyLook: Look = {
  frames: [],
  opened: [],
  changed: [],
  sequenceFrames: [],
  sightings: [],
  suggestions: new Map(),
  events: [],
};

function suggestionOf(best: Match | null, matches: readonly Match[]): Suggestion {
  return { individual: best?.individual ?? null, score: (best ?? matches[0])?.score ?? null };
}
