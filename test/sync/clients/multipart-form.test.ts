import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeMultipart } from "../../../sync/clients/multipart-form.ts";

test("encodeMultipart() is read back by another reader, bytes and odd names alike", async () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, at) => at % 256);
  const fields = { plain: "1", empty: "", odd: 'a"b\r\n--é ☃', json: '{"predictions":[]}' };
  const { body, type } = encodeMultipart(fields, [
    { name: "file", fileName: 'a "quoted"\r\nname é.jpg', type: "image/jpeg", bytes },
    { name: "crop", fileName: "1.jpg", type: "image/jpeg", bytes: new Uint8Array(0) },
    { name: "crop", fileName: "2.jpg", type: "image/png", bytes },
  ]);
  const form = await new Response(new Uint8Array(body), { headers: { "content-type": type } }).formData();
  for (const [name, value] of Object.entries(fields)) assert.equal(form.get(name), value);
  const file = form.get("file") as File;
  assert.equal(file.name, 'a "quoted"\r\nname é.jpg');
  assert.equal(file.type, "image/jpeg");
  assert.deepEqual(new Uint8Array(await file.arrayBuffer()), bytes);
  assert.deepEqual(
    form.getAll("crop").map((crop) => (crop as File).size),
    [0, 1000],
  );
});

test("encodeMultipart() takes another boundary each time", () => {
  const { type } = encodeMultipart({}, []);
  assert.notEqual(encodeMultipart({}, []).type, type);
});
