// Day or night, for each camera by what it shows: infrared pictures are grey, others are dark. Decided from fresh pictures only, and
// again and again: an old decision is none, so that one stale picture cannot keep a camera asleep for the day.
import type { Picture } from "../../models/vision.ts";

export type Daylight = "day" | "night" | "unknown";

export type NightJudge = {
  /** Looks at a fresh picture. */
  readonly look: (picture: Picture, atNs: number) => void;
  /** What it is at a moment; unknown before enough looks agreed, and when the last one is old. */
  readonly at: (atNs: number) => Daylight;
};

/** Looks in a row that have to agree before day becomes night or the other way round. */
const mustAgree = 3;
/** A decision that nobody looked at again for so long counts no more. */
const staleNs = 120e9;
/** JPEG and an infrared filter that is not quite shut leave a trace of colour: levels that still count as none. */
const greyTolerance = 4;
/** Share of the picture that has to be grey; a clock drawn into the corner may have colour. */
const greyShare = 0.985;
/** Mean level below which nothing is to be seen without infrared light. */
const darkMean = 14;
/** Pixels looked at, about. */
const samples = 3000;

export function createNightJudge(): NightJudge {
  let decided: "day" | "night" | null = null;
  let leaning: "day" | "night" | null = null;
  let agreeing = 0;
  let lookedNs = Number.NEGATIVE_INFINITY;
  return {
    look: (picture, atNs) => {
      // The same picture again, or an older one, says nothing new.
      if (atNs <= lookedNs) return;
      if (atNs - lookedNs > staleNs) decided = null;
      lookedNs = atNs;
      const shown = isNightPicture(picture) ? "night" : "day";
      agreeing = shown === leaning ? agreeing + 1 : 1;
      leaning = shown;
      if (agreeing >= mustAgree) decided = shown;
    },
    at: (atNs) => (decided === null || atNs - lookedNs > staleNs ? "unknown" : decided),
  };
}

/** Whether a picture was taken with infrared light (grey although the camera has colours) or in the dark. */
export function isNightPicture({ width, height, pixels }: Picture): boolean {
  const step = Math.max(1, Math.floor(Math.sqrt((width * height) / samples)));
  let looked = 0;
  let grey = 0;
  let sum = 0;
  for (let y = 0; y < height; y += step)
    for (let x = 0; x < width; x += step) {
      const at = (y * width + x) * 3;
      const [red, green, blue] = [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!];
      looked += 1;
      sum += green;
      if (Math.max(red, green, blue) - Math.min(red, green, blue) <= greyTolerance) grey += 1;
    }
  return grey >= greyShare * looked || sum < darkMean * looked;
}
