// Who may talk to whom: TLS, client certificates and accounts against a real Mosquitto, one for each test. Runs where
// OUTRIDER_TEST_MQTT says that Mosquitto is wanted, and mosquitto and openssl are installed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readTls, type TlsFiles } from "../../agent/remote/broker-access.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { createMqttLink, type MqttLink, type MqttLinkOptions } from "../../sync/clients/mqtt-link.ts";
import { eventually } from "../fakes/eventually.ts";
import { connectPeer, textOf } from "../fakes/mqtt-peer.ts";
import { createAuthority, hasOpenssl, replaceFiles } from "../servers/certificates.ts";
import { createMosquitto, findMosquitto, type Mosquitto } from "../servers/mosquitto.ts";

const program = findMosquitto();
const skip =
  (process.env.OUTRIDER_TEST_MQTT ?? "") === ""
    ? "OUTRIDER_TEST_MQTT is not set: no real MQTT broker"
    : program === null
      ? "mosquitto is not installed"
      : hasOpenssl()
        ? false
        : "openssl is not installed";
const never = new AbortController().signal;
const directory = mkdtempSync(join(tmpdir(), "outrider-tls-"));
after(() => rmSync(directory, { recursive: true, force: true }));
const noFiles: TlsFiles = { caFile: null, certFile: null, keyFile: null };

async function startBroker(t: { after: (clean: () => Promise<void>) => void }, lines: readonly string[]) {
  const broker = await createMosquitto(program!, ["user root", ...lines]);
  await broker.start();
  t.after(() => broker.close());
  return { ...broker, secureUrl: broker.url.replace("mqtt:", "mqtts:") };
}

/** The listener of a broker that shows `server` and, if wanted, asks for a certificate of `clients`. */
function listenerLines(server: { cert: string; key: string }, clients: string | null): readonly string[] {
  const own = [`certfile ${server.cert}`, `keyfile ${server.key}`];
  return clients === null ? own : [...own, `cafile ${clients}`, "require_certificate true"];
}

function openLink(url: string, options: Partial<MqttLinkOptions> = {}): MqttLink {
  return createMqttLink({
    url,
    clientId: `tls-${Math.random().toString(36).slice(2)}`,
    will: null,
    backoff: { baseMs: 20, capMs: 200 },
    clock: createSystemClock(),
    random: Math.random,
    log: silentLog,
    ...options,
  });
}

/** What an attempt that must fail says. */
async function refusalOf(url: string, options: Partial<MqttLinkOptions>): Promise<string> {
  const link = openLink(url, options);
  const { message } = await eventually("a refusal", () => link.state().lastError);
  assert.equal(link.state().connects, 0);
  await link.close();
  return message;
}

const withFiles = (files: Partial<TlsFiles>) => ({ tls: async () => readTls({ ...noFiles, ...files }) });

test("mqtts: both sides prove who they are, and messages pass", { skip }, async (t) => {
  const ca = createAuthority(directory, "both");
  const client = ca.issue("both-client");
  const broker = await startBroker(t, listenerLines(ca.issue("both-server"), ca.file));
  const peer = await connectPeer(
    broker.secureUrl,
    withFiles({ caFile: ca.file, certFile: client.cert, keyFile: client.key }),
  );
  assert.equal(peer.link.state().protocol, 5);
  await peer.link.publish({ topic: "a", payload: "secret", qos: 1 }, never);
  assert.equal(textOf(await peer.next("a")), "secret");
  await peer.link.close();
});

test("mqtts: whoever cannot prove it is not spoken to, and the reason is one a person can act on", {
  skip,
}, async (t) => {
  const ca = createAuthority(directory, "ours");
  const strangers = createAuthority(directory, "strangers");
  const good = ca.issue("ours-client");
  const wrong = strangers.issue("stranger-client");
  const expired = ca.issue("expired-client", { expired: true });
  const { secureUrl } = await startBroker(t, listenerLines(ca.issue("ours-server"), ca.file));
  const caFile = ca.file;
  const cases: readonly [RegExp, Partial<TlsFiles>][] = [
    [/signed by nobody we trust/, {}],
    [/signed by nobody we trust/, { caFile: strangers.file, certFile: good.cert, keyFile: good.key }],
    [/wants to see a certificate of ours.*certificate required/, { caFile }],
    [/does not accept our certificate/, { caFile, certFile: wrong.cert, keyFile: wrong.key }],
    [/our certificate has expired/, { caFile, certFile: expired.cert, keyFile: expired.key }],
    [/do not belong together/, { caFile, certFile: good.cert, keyFile: wrong.key }],
    [/not a PEM file/, { caFile, certFile: join(directory, "san"), keyFile: good.key }],
    [/mqtt\.caFile: expected a readable PEM file, got .*nowhere/, { caFile: join(directory, "nowhere") }],
  ];
  for (const [words, files] of cases) assert.match(await refusalOf(secureUrl, withFiles(files)), words);
});

test("mqtts: a broker whose certificate has expired, is for somebody else, or that speaks no TLS is named so", {
  skip,
}, async (t) => {
  const ca = createAuthority(directory, "old");
  const late = await startBroker(t, listenerLines(ca.issue("old-server", { expired: true }), null));
  const trusting = withFiles({ caFile: ca.file });
  assert.match(await refusalOf(late.secureUrl, trusting), /certificate has expired, or our clock is wrong/);
  const named = await startBroker(t, listenerLines(ca.issue("other-server"), null));
  const byName = named.secureUrl.replace("127.0.0.1", "localhost");
  assert.match(await refusalOf(byName, trusting), /for another name than the one we called/);
  const plain = await startBroker(t, []);
  assert.match(await refusalOf(plain.secureUrl, trusting), /does this port speak TLS\?/);
});

test("certificates that are renewed are taken up at the next attempt, without a restart", {
  skip,
}, async (t) => {
  const before = createAuthority(directory, "before");
  const now = createAuthority(directory, "now");
  const [old, fresh] = [before.issue("old-client"), now.issue("fresh-client")];
  const broker = await startBroker(t, listenerLines(now.issue("now-server"), now.file));
  const files: TlsFiles = {
    caFile: join(directory, "in-use-ca.pem"),
    certFile: join(directory, "in-use.pem"),
    keyFile: join(directory, "in-use.key"),
  };
  replaceFiles({ [files.caFile!]: now.file, [files.certFile!]: old.cert, [files.keyFile!]: old.key });
  const link = openLink(broker.secureUrl, withFiles(files));
  t.after(() => link.close());
  const said = (words: RegExp) =>
    eventually(String(words), () => words.test(link.state().lastError?.message ?? ""));
  await said(/does not accept our certificate/);
  // Half renewed: the certificate is there, its key not yet.
  replaceFiles({ [files.certFile!]: fresh.cert });
  await said(/do not belong together/);
  replaceFiles({ [files.keyFile!]: fresh.key });
  await eventually("a connection", () => link.state().phase === "connected");
  assert.equal(link.state().connects, 1);
});

test("accounts: the right one is let in, a wrong password and nobody are not, and no message repeats a secret", {
  skip:
    skip ||
    (spawnSync("mosquitto_passwd", ["-h"]).error === undefined ? false : "mosquitto_passwd is not installed"),
}, async (t) => {
  const passwords = join(directory, "passwords");
  writeFileSync(passwords, "car:right-word\n", { mode: 0o600 });
  assert.equal(spawnSync("mosquitto_passwd", ["-U", passwords]).status, 0);
  const broker: Mosquitto = await startBroker(t, [`password_file ${passwords}`, "allow_anonymous false"]);
  const as = (username: string, password: string) => ({ credentials: async () => ({ username, password }) });
  const refusals = [
    await refusalOf(broker.url, as("car", "wrong-word")),
    await refusalOf(broker.url, as("nobody", "right-word")),
    await refusalOf(broker.url, {}),
  ];
  for (const message of refusals) {
    assert.match(message, /does not let our account in/);
    assert.doesNotMatch(message, /-word/);
  }
  // The account is changed while we try: taken up without a restart.
  let password = "wrong-word";
  const link = openLink(broker.url, { credentials: async () => ({ username: "car", password }) });
  t.after(() => link.close());
  await eventually("a refusal", () => link.state().lastError);
  password = "right-word";
  await eventually("a connection", () => link.state().phase === "connected");
  assert.equal(link.url, broker.url);
});
