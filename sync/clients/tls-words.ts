// What goes wrong between us and a broker or a web server over TLS, in words a person can act on: OpenSSL's name the alarm, not the fire.

/** Whom we called, and its address without TLS. */
type Peer = { readonly name: string; readonly plain: string };
const broker: Peer = { name: "the broker", plain: "mqtt://" };
const webServer: Peer = { name: "the server", plain: "http://" };

/** By error code of Node and OpenSSL. The clock is named where it may be to blame: a car without a clock battery wakes up in 1970. */
function causesAt({ name, plain }: Peer): Readonly<Record<string, string>> {
  const untrusted = `${name}'s certificate is signed by nobody we trust; name its authority's certificate (CA)`;
  const wanted = `${name} wants to see a certificate of ours that it trusts`;
  const refused = `${name} does not accept our certificate: it is signed by an authority it does not trust`;
  const unreadable = "our certificate, key or CA is not a PEM file that can be read";
  return {
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
    UNABLE_TO_GET_ISSUER_CERT: untrusted,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
    SELF_SIGNED_CERT_IN_CHAIN: untrusted,
    DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
    CERT_SIGNATURE_FAILURE: untrusted,
    CERT_HAS_EXPIRED: `${name}'s certificate has expired, or our clock is wrong`,
    CERT_NOT_YET_VALID: `${name}'s certificate is not valid yet, or our clock is wrong`,
    ERR_TLS_CERT_ALTNAME_INVALID: `${name}'s certificate is for another name than the one we called`,
    ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: wanted,
    ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: wanted,
    ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: refused,
    ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: refused,
    ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: refused,
    ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR: refused,
    ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: `${name} says that our certificate has expired`,
    ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: `${name} says that our certificate was revoked`,
    ERR_SSL_WRONG_VERSION_NUMBER: `what listens at this port speaks no TLS; is it ${plain} without s?`,
    ERR_OSSL_X509_KEY_VALUES_MISMATCH: "our certificate and our key do not belong together",
    ERR_OSSL_PEM_NO_START_LINE: unreadable,
    ERR_OSSL_PEM_BAD_END_LINE: unreadable,
    ERR_OSSL_UNSUPPORTED: unreadable,
  };
}

/** What went wrong with TLS at a broker, with OpenSSL's own words behind it; null: it was something else. */
export function tlsWords(error: unknown): string | null {
  return wordsAt(broker, error);
}

/** The same of a web server. */
export function httpsWords(error: unknown): string | null {
  return wordsAt(webServer, error);
}

function wordsAt(peer: Peer, error: unknown): string | null {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const causes = causesAt(peer);
  if (typeof code !== "string" || !Object.hasOwn(causes, code)) return null;
  return `${causes[code]} (${ownWords(String(message))})`;
}

/** "0087B2F1:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../deps/…:" says it once. */
function ownWords(message: string): string {
  const parts = /error:[0-9A-F]+:[^:]*:[^:]*:([^:]+)/.exec(message);
  return parts?.[1] ?? message.split("\n")[0]!;
}
