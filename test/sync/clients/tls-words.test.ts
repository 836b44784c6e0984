import assert from "node:assert/strict";
import { test } from "node:test";
import { httpsWords, tlsWords } from "../../../sync/clients/tls-words.ts";

const withCode = (code: string, message: string): Error => Object.assign(new Error(message), { code });

test("tlsWords() says what a person can do about it, and OpenSSL's words once", () => {
  const alert = withCode(
    "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "0087B2F1:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../deps/openssl/ssl/record/rec_layer_s3.c:1605:SSL alert number 116\n",
  );
  assert.equal(
    tlsWords(alert),
    "the broker wants to see a certificate of ours that it trusts (tlsv13 alert certificate required)",
  );
  assert.match(tlsWords(withCode("CERT_HAS_EXPIRED", "certificate has expired"))!, /or our clock is wrong/);
});

test("httpsWords() names the server, and the address without TLS", () => {
  assert.match(httpsWords(withCode("CERT_HAS_EXPIRED", "certificate has expired"))!, /^the server's certif/);
  assert.match(httpsWords(withCode("ERR_SSL_WRONG_VERSION_NUMBER", "x"))!, /is it http:\/\/ without s\?/);
});

test("tlsWords() leaves alone what is not about TLS", () => {
  for (const error of [
    withCode("ECONNREFUSED", "no"),
    withCode("toString", "no"),
    new Error("x"),
    null,
    "text",
  ])
    assert.equal(tlsWords(error), null);
});
