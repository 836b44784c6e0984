import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, parseConfig } from "../../agent/config.ts";
import { CredentialsError, readAnnotationLogin } from "../../agent/credentials.ts";
import { isOneOf, placeOfCamera } from "../../agent/sequence-places.ts";

const annotation = {
  url: "http://127.0.0.1:5050",
  sourceApi: "pyronear_french",
  organisation: { id: 3, name: "Rangers" },
};

test("placeOfCamera() is what the camera says, then the device, then what follows from the names", () => {
  const config = parseConfig(
    {
      device: "mast",
      cameras: [
        { id: "north", place: { lat: 1, lon: 2, azimuth: 350, id: 9, name: "North" } },
        { id: "south" },
      ],
      sync: { annotation: { ...annotation, lat: 44, lon: 4 } },
    },
    "test",
  );
  assert.deepEqual(placeOfCamera(config, "north"), { id: 9, name: "North", lat: 1, lon: 2, azimuth: 350 });
  const south = placeOfCamera(config, "south")!;
  assert.deepEqual([south.name, south.lat, south.lon, south.azimuth], ["mast-south", 44, 4, null]);
  assert.ok(south.id >= 2 ** 30 && south.id === placeOfCamera(config, "south")!.id);
  assert.equal(placeOfCamera(parseConfig({}, "test"), "front"), null);
});

test("parseConfig() names every camera whose place is missing, when its sequences are to be sent", () => {
  const values = {
    cameras: [{ id: "north", place: { lat: 1 } }, { id: "south" }, { id: "car", watch: { enabled: false } }],
    watch: { enabled: true },
    sync: { annotation },
  };
  assert.throws(
    () => parseConfig(values, "test"),
    (cause: unknown) => {
      assert.ok(cause instanceof ConfigError);
      assert.deepEqual(
        cause.problems.map((problem) => problem.split(":")[0]),
        ["cameras.north.place.lon", "cameras.south.place.lat", "cameras.south.place.lon"],
      );
      return true;
    },
  );
  parseConfig({ ...values, watch: { enabled: false } }, "test");
});

test("parseConfig() names every mistake in an annotation API at once", () => {
  const wrong = {
    url: "https://me:secret@there",
    sourceApi: "our_own",
    organisation: { id: 2 ** 31, name: "" },
    lat: 91,
    maxPictures: 2,
    classes: [],
  };
  assert.throws(
    () => parseConfig({ cameras: [{ place: { azimuth: "north" } }], sync: { annotation: wrong } }, "test"),
    (cause: unknown) => {
      assert.ok(cause instanceof ConfigError);
      const text = cause.message;
      for (const part of [
        "sync.annotation.url: expected an address without user and password",
        "sync.annotation.sourceApi",
        "sync.annotation.organisation.id",
        "sync.annotation.organisation.name",
        "sync.annotation.lat",
        "sync.annotation.maxPictures",
        "sync.annotation.classes",
        "cameras[0].place.azimuth",
      ])
        assert.ok(text.includes(part), `${part} in ${text}`);
      assert.ok(!text.includes("secret"), text);
      return true;
    },
  );
});

test("readAnnotationLogin() takes our names first, then those of the existing tools; half a pair is a mistake", () => {
  const here = "http://localhost:5050";
  const there = "https://annotation.example";
  const env = {
    LOCAL_ANNOTATION_LOGIN: "l",
    LOCAL_ANNOTATION_PASSWORD: "lp",
    MAIN_ANNOTATION_LOGIN: "m",
    MAIN_ANNOTATION_PASSWORD: "mp",
  };
  assert.deepEqual(readAnnotationLogin(env, here), { username: "l", password: "lp" });
  assert.deepEqual(readAnnotationLogin(env, there), { username: "m", password: "mp" });
  const ours = { ...env, OUTRIDER_ANNOTATION_LOGIN: "o", OUTRIDER_ANNOTATION_PASSWORD: "op" };
  assert.deepEqual(readAnnotationLogin(ours, there), { username: "o", password: "op" });
  assert.throws(() => readAnnotationLogin({ OUTRIDER_ANNOTATION_LOGIN: "o" }, there), CredentialsError);
  assert.throws(
    () => readAnnotationLogin({}, here),
    /OUTRIDER_ANNOTATION_LOGIN and OUTRIDER_ANNOTATION_PASSWORD/,
  );
});

test("isOneOf() takes a class and those below it, and all where none is named", () => {
  assert.deepEqual(
    [
      isOneOf("animal/tiger", ["animal"]),
      isOneOf("animals", ["animal"]),
      isOneOf("x", null),
      isOneOf("x", []),
    ],
    [true, false, true, false],
  );
});
