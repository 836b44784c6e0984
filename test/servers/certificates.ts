// Certificate authorities and what they sign, made by openssl for one test. No openssl installed: `hasOpenssl()` is false.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Whether this machine can make certificates. */
export function hasOpenssl(): boolean {
  return spawnSync("openssl", ["version"]).error === undefined;
}

/** An authority in a folder. Files: `<name>.pem` its certificate; what it issues stands beside it. */
export type Authority = {
  /** Its own certificate, PEM. */
  readonly file: string;
  /** Makes `<name>.pem` and `<name>.key`, good for 127.0.0.1. `expired`: it was good until yesterday. */
  readonly issue: (name: string, options?: { readonly expired?: boolean }) => { cert: string; key: string };
};

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

export function createAuthority(directory: string, authority: string): Authority {
  const file = (name: string): string => join(directory, name);
  const openssl = (...args: string[]): void => {
    const { status, stderr } = spawnSync("openssl", args, { cwd: directory, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  };
  const own = [`${authority}.key`, "-out", `${authority}.pem`, "-subj", `/CN=${authority}`];
  openssl("req", "-x509", ...newKey, "-days", "2", "-keyout", ...own);
  writeFileSync(file("san"), "subjectAltName=IP:127.0.0.1\n");
  // `openssl ca` is the one command that backdates.
  writeFileSync(
    file(`${authority}.conf`),
    `[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=.\ndatabase=${authority}.db\nserial=${authority}.serial\npolicy=p\ndefault_md=sha256\nx509_extensions=e\nunique_subject=no\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=IP:127.0.0.1\n`,
  );
  writeFileSync(file(`${authority}.db`), "");
  writeFileSync(file(`${authority}.serial`), "1000\n");
  return {
    file: file(`${authority}.pem`),
    issue: (name, { expired = false } = {}) => {
      openssl("req", ...newKey, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
      const dates = expired
        ? ["-startdate", "20200101000000Z", "-enddate", "20200102000000Z"]
        : ["-days", "2"];
      const keys = ["-cert", `${authority}.pem`, "-keyfile", `${authority}.key`];
      openssl(
        "ca",
        "-batch",
        "-notext",
        "-config",
        `${authority}.conf`,
        ...keys,
        ...dates,
        "-in",
        `${name}.csr`,
        "-out",
        `${name}.pem`,
      );
      return { cert: file(`${name}.pem`), key: file(`${name}.key`) };
    },
  };
}

/** Puts files in the place of others, as whoever renews certificates does. */
export function replaceFiles(pairs: Readonly<Record<string, string>>): void {
  for (const [target, source] of Object.entries(pairs)) copyFileSync(source, target);
}
