import assert from "node:assert/strict";
import { test } from "node:test";
import { createAnnotationApi } from "../../../sync/clients/annotation-client.ts";
import { createPlatformDevice } from "../../../sync/clients/platform-device.ts";
import { serviceAddress } from "../../../sync/clients/service-address.ts";
import { alertPlatformName } from "../../../sync/targets/alert-platform.ts";
import { annotationTargetName } from "../../../sync/targets/annotation.ts";

const spellings = [
  "https://review.example.org/fire",
  "https://Review.Example.org/fire/",
  "https://review.example.org:443/fire/api/v1",
  "https://review.example.org/fire/api/v1/",
];

test("serviceAddress() gives one form of an address, however it is written", () => {
  for (const spelling of spellings) assert.equal(serviceAddress(spelling), spellings[0]);
  assert.equal(serviceAddress("http://127.0.0.1:5050"), "http://127.0.0.1:5050");
  assert.equal(serviceAddress("http://host:80/"), "http://host");
});

test("what is configured is called as what is sent to, however its address is written", async () => {
  for (const url of spellings) {
    const api = createAnnotationApi({ url, login: async () => ({ username: "a", password: "b" }) });
    assert.equal(annotationTargetName(url), annotationTargetName(api.url));
    await api.close();
    const device = createPlatformDevice({ url, token: async () => "token" });
    assert.equal(alertPlatformName(url, "ridge"), alertPlatformName(device.url, "ridge"));
    await device.close();
  }
});

test("serviceAddress() refuses what is none, and shows no password", () => {
  for (const wrong of [
    "",
    "review.example.org",
    "ftp://host/",
    "http://user:s3cret@host/",
    "https://host/?x=1",
  ])
    assert.throws(
      () => serviceAddress(wrong),
      (error: Error) => /^Expected an address/.test(error.message) && !/s3cret/.test(error.message),
    );
});
