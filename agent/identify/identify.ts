// `outrider identify`: who is on these pictures. Every animal of every picture is answered; what cannot be read is named.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Box } from "../../device/detection.ts";
import type { Side } from "../../device/sighting.ts";
import type { Store } from "../../device/store/store.ts";
import { decodePicture, PictureError } from "../../models/picture.ts";
import type { Detector } from "../../models/vision.ts";
import { decodeBmp, isBmp } from "../ingest/bmp.ts";
import { readPicture } from "../ingest/read-picture.ts";
import { type AnimalAnswer, type Answer, answerOf, nobodyThere } from "./answer.ts";
import type { Identifier } from "./identifier.ts";
import { type FoundAnimal, saveSuggestions } from "./save-suggestions.ts";

export type IdentifyPicturesOptions = {
  readonly store: Store;
  readonly identifier: Identifier;
  /** null: the whole picture is the animal. */
  readonly detector: Detector | null;
  readonly side?: Side;
  readonly limit?: number;
  readonly threshold?: number;
  readonly exclude?: readonly string[];
  /** Keep each picture with its suggestions. */
  readonly save: boolean;
  readonly nowUs: () => number;
  readonly signal: AbortSignal;
};

/** A picture's answer is that of its best known animal; `animals` has them all. Fields are added, never renamed. */
export type PictureAnswer = { readonly picture: string; readonly animals: readonly AnimalAnswer[] } & Answer;

export type IdentifyReport = {
  readonly results: readonly PictureAnswer[];
  readonly unreadable: readonly { readonly picture: string; readonly reason: string }[];
};

const whole: Box = { left: 0, top: 0, right: 1, bottom: 1 };

/** Answers one picture after the other. @throws ModelError when the models cannot run. */
export async function identifyPictures(
  paths: readonly string[],
  options: IdentifyPicturesOptions,
): Promise<IdentifyReport> {
  const results: PictureAnswer[] = [];
  const unreadable: { picture: string; reason: string }[] = [];
  for (const path of paths) {
    options.signal.throwIfAborted();
    try {
      results.push(await identifyPicture(path, options));
    } catch (cause) {
      const isUnreadable =
        cause instanceof PictureError || typeof (cause as NodeJS.ErrnoException).syscall === "string";
      if (!isUnreadable || options.signal.aborted) throw cause;
      unreadable.push({ picture: path, reason: (cause as Error).message });
    }
  }
  return { results, unreadable };
}

async function identifyPicture(path: string, options: IdentifyPicturesOptions): Promise<PictureAnswer> {
  const { store, identifier, detector, signal, side, limit, threshold, exclude } = options;
  const bytes = await readFile(path);
  const picture = isBmp(bytes) ? decodeBmp(bytes) : await decodePicture(bytes, { signal });
  const found =
    detector === null
      ? [{ box: whole, className: null, confidence: null }]
      : await detector.detect(picture, { signal });
  const identifications = await identifier.identify(
    picture,
    found.map(({ box }) => box),
    {
      signal,
      ...(side === undefined ? {} : { side }),
      ...(limit === undefined ? {} : { limit }),
      ...(threshold === undefined ? {} : { threshold }),
      ...(exclude === undefined ? {} : { exclude }),
    },
  );
  const animals = found.map(
    (each, index): FoundAnimal => ({ ...each, identification: identifications[index]! }),
  );
  const saved = options.save
    ? await saveSuggestions({
        store,
        path: resolve(path),
        picture: await readPicture(path),
        animals,
        detector: detector?.model.manifest.id ?? null,
        side: side ?? "unknown",
        nowUs: options.nowUs(),
      })
    : [];
  const answers = animals.map(
    ({ box, className, confidence, identification }, index): AnimalAnswer => ({
      ...answerOf(store, identification),
      box,
      class_name: className,
      detection_confidence: confidence,
      sighting_id: saved[index] ?? null,
    }),
  );
  return { picture: path, ...answerOfAll(answers), animals: answers };
}

/** The surest known animal, else the first one, else that there is none. */
function answerOfAll(animals: readonly AnimalAnswer[]): Answer {
  const known = animals.flatMap((animal) => (animal.identified ? [animal] : []));
  const best = known.sort((left, right) => right.confidence - left.confidence)[0] ?? animals[0];
  if (best === undefined) return { identified: false, message: nobodyThere, matches: [] };
  const { box: _box, class_name: _class, detection_confidence: _sure, sighting_id: _id, ...answer } = best;
  return answer;
}

/** The report for a person. */
export function describeIdentified({ results, unreadable }: IdentifyReport): string {
  const lines = results.flatMap(({ picture, animals, ...answer }) => [
    picture,
    ...(animals.length === 0 && !answer.identified ? [`  ${answer.message}`] : []),
    ...animals.flatMap((animal, index) => [
      `  animal ${index + 1}${animal.class_name === null ? "" : ` (${animal.class_name} ${percent(animal.detection_confidence ?? 0)})`}: ${
        animal.identified ? `${animal.individual_name} (${percent(animal.confidence)})` : animal.message
      }${animal.sighting_id === null ? "" : `, kept as suggestion ${animal.sighting_id}`}`,
      ...animal.matches.map(
        (match) =>
          `    ${percent(match.confidence).padStart(5)}  ${match.individual_name}  ${match.individual_id}  cosine ${match.similarity.toFixed(3)}  ${match.image_path ?? match.image_id}`,
      ),
    ]),
  ]);
  const identified = results.filter((result) => result.identified).length;
  return [
    ...lines,
    ...unreadable.map(({ picture, reason }) => `skipped ${picture}: ${reason}`),
    `identified ${identified}, new or none ${results.length - identified}, unreadable ${unreadable.length}`,
  ].join("\n");
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
