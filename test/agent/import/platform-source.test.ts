import assert from "node:assert/strict";
import { test } from "node:test";
import { readImportOptions } from "../../../agent/import/options.ts";
import { openPlatformSource } from "../../../agent/import/platform-source.ts";
import type { PlatformApi, PlatformDetection } from "../../../sync/clients/platform-api.ts";

const sequence = {
  id: 1,
  camera_id: 1,
  started_at: "2026-07-01T10:00:00",
  last_seen_at: "2026-07-01T10:05:00",
};

/** Reads sequence 1 of a platform whose every picture has so many rows, without end. @returns what was asked for, and the pictures. */
async function readEndless(rowsOfPicture: number) {
  const asked: number[] = [];
  const rowAt = (at: number): PlatformDetection => ({
    id: at + 1,
    camera_id: 1,
    bucket_key: `picture-${Math.floor(at / rowsOfPicture)}.jpg`,
    bbox: `[(0.1,0.1,0.2,0.${200 + (at % rowsOfPicture)},0.5)]`,
    created_at: new Date(Date.UTC(2026, 6, 1, 10, 0, at)).toISOString().replace("Z", ""),
    url: `http://pictures/${at}.jpg`,
  });
  const platform = {
    url: "http://platform",
    cameras: async () => [{ id: 1, organization_id: 1, name: "ridge", lat: 44, lon: 4 }],
    organizations: async () => [{ id: 1, name: "sdis" }],
    sequencesOf: async () => [sequence],
    detectionsOf: async (_: number, { limit }: { limit: number }) => {
      asked.push(limit);
      return Array.from({ length: limit }, (_each, at) => rowAt(at));
    },
  } satisfies Partial<PlatformApi>;
  const flags = { dateFrom: "2026-07-01", dateEnd: "2026-07-01", detectionsLimit: "10" };
  const source = await openPlatformSource({
    platform: platform as unknown as PlatformApi,
    options: readImportOptions(flags, 0).options!,
    again: (_doing, act) => act(),
    gone: { why: () => null, look: async () => undefined },
    person: { progress: () => ({ step: () => undefined, end: () => undefined }) },
    signal: new AbortController().signal,
  });
  const { found } = await source.list();
  const { sequence: read } = await source.read(found[0]!);
  return { asked, pictures: read!.detections.length };
}

test("read() asks for more rows until it has the pictures that were asked for", async () => {
  assert.deepEqual(await readEndless(1), { asked: [20], pictures: 10 });
  assert.deepEqual(await readEndless(5), { asked: [20, 40, 80], pictures: 10 });
});

test("read() takes what is there of a platform that gives the rows of one picture without end", async () => {
  const { asked, pictures } = await readEndless(1e9);
  assert.equal(pictures, 1);
  assert.deepEqual(asked, [20, 40, 80, 160, 220]);
});
