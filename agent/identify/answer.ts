// The answers of `identify`, in the fields that tools around re-identification of tigers expect, with plain ones beside them.
import type { Box } from "../../device/detection.ts";
import type { Side } from "../../device/sighting.ts";
import type { Store } from "../../device/store/store.ts";
import type { Identification, Match } from "./identifier.ts";

/** One individual a crop may show. Fields are added, never renamed. */
export type MatchAnswer = {
  readonly individual_id: string;
  readonly individual_name: string;
  /** The same again, by the names other tools use; every animal is a tiger there. */
  readonly tiger_id: string;
  readonly tiger_name: string;
  /** The first alias as `scope/value`; null: none. */
  readonly tiger_alias: string | null;
  readonly sighting_id: string;
  /** img_id of the picture that is most like it. */
  readonly image_id: string;
  /** Where that picture came from; null: a camera here. */
  readonly image_path: string | null;
  readonly side_view: Side;
  /** Mean cosine over the spaces. */
  readonly similarity: number;
  /** Fused and calibrated, 0..1. */
  readonly confidence: number;
  /** Cosine by space. */
  readonly similarities: Readonly<Record<string, number>>;
};

export type Answer =
  | ({
      readonly identified: true;
      readonly matches: readonly MatchAnswer[];
    } & Pick<
      MatchAnswer,
      "individual_id" | "individual_name" | "tiger_id" | "tiger_name" | "similarity" | "confidence"
    >)
  | {
      readonly identified: false;
      readonly message: string;
      /** true: a new individual, which a person has to look at. */
      readonly requires_verification?: true;
      readonly matches: readonly MatchAnswer[];
    };

/** One animal of a picture. */
export type AnimalAnswer = Answer & {
  readonly box: Box;
  /** null: the whole picture was taken for it. */
  readonly class_name: string | null;
  readonly detection_confidence: number | null;
  /** The suggestion that was kept; null: nothing was. */
  readonly sighting_id: string | null;
};

export const nobodyThere = "No animal detected in image";
export const nobodyKnown = "Animal not found in database - new individual";

export function answerOf(
  store: Pick<Store, "individuals" | "sightings">,
  { best, matches }: Identification,
): Answer {
  const answers = matches.map((match) => matchAnswer(store, match));
  if (best === null)
    return { identified: false, message: nobodyKnown, requires_verification: true, matches: answers };
  const { individual_id, individual_name, tiger_id, tiger_name, similarity, confidence } = matchAnswer(
    store,
    best,
  );
  return {
    identified: true,
    individual_id,
    individual_name,
    tiger_id,
    tiger_name,
    similarity,
    confidence,
    matches: answers,
  };
}

function matchAnswer(store: Pick<Store, "individuals" | "sightings">, match: Match): MatchAnswer {
  const [alias] = store.individuals.get(match.individual)?.aliases ?? [];
  const sighting = store.sightings.get(match.sighting);
  const path = sighting?.metadata.source_path;
  const cosines = Object.values(match.similarities);
  return {
    individual_id: match.individual,
    individual_name: match.name,
    tiger_id: match.individual,
    tiger_name: match.name,
    tiger_alias: alias === undefined ? null : `${alias.scope}/${alias.value}`,
    sighting_id: match.sighting,
    image_id: match.imgId,
    image_path: typeof path === "string" ? path : null,
    side_view: sighting?.side ?? "unknown",
    similarity: cosines.reduce((sum, value) => sum + value, 0) / cosines.length,
    confidence: match.score,
    similarities: match.similarities,
  };
}
