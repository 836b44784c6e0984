// How the calls of something that is several of them are made, one by one.

/** Makes one call; it may make it again. */
export type EachCall = <T>(call: () => Promise<T>) => Promise<T>;

/** Once. */
export const once: EachCall = (call) => call();
