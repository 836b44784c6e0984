// What was opened together is closed together, in reverse order, and one part that fails to close does not keep the others open.

/** A list of open things. Life: create → add… → close. */
export type Closing = {
  /** Remembers a part; returns it, so that opening reads in one line. */
  readonly add: <T extends { readonly close: () => Promise<void> }>(part: T) => T;
  /** Closes all, the newest first. May be called twice. @throws the first failure, when every part was tried. */
  readonly close: () => Promise<void>;
};

export function createClosing(): Closing {
  const parts: { readonly close: () => Promise<void> }[] = [];
  let closing: Promise<void> | null = null;
  const closeAll = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const part of parts.splice(0).reverse())
      await part.close().catch((cause: unknown) => failures.push(cause));
    if (failures.length > 0) throw failures[0];
  };
  return {
    add: (part) => {
      parts.push(part);
      return part;
    },
    close: () => {
      closing ??= closeAll();
      return closing;
    },
  };
}
