// The objects of a bucket, in memory. Equal bytes are kept once.
import { createHash } from "node:crypto";

/** Life: create → use. */
export class Objects {
  /** SHA-256 by name. */
  readonly #names = new Map<string, string>();
  readonly #bytes = new Map<string, Buffer>();

  /** @param name made with the SHA-256 of the bytes. @returns it. */
  put(name: (sha256: string) => string, bytes: Buffer): string {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    if (!this.#bytes.has(sha256)) this.#bytes.set(sha256, bytes);
    const made = name(sha256);
    this.#names.set(made, sha256);
    return made;
  }

  get(name: string): Buffer | undefined {
    return this.#bytes.get(this.#names.get(name) ?? "");
  }

  sha256Of(name: string): string | null {
    return this.#names.get(name) ?? null;
  }

  /** The bytes stay for those of another name. */
  delete(name: string): void {
    this.#names.delete(name);
  }
}
