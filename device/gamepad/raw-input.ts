// What the drivers of real pads hand upward: changes of single controls in evdev codes, whatever device file they came from.

/** One control that changed. An axis is in units of the device where it comes from evdev, −1..1 once its range was applied; a button is 1 (down) or 0. */
export type RawChange = { readonly kind: "button" | "axis"; readonly code: number; readonly value: number };

/**
 * What one look at the device brought. `changes`: complete reports, in order. `lost`: the kernel dropped events before
 * what follows, so that nothing seen so far may be believed. `initial`: the present state as the kernel told it, not a
 * movement of a hand.
 */
export type RawInput =
  | { readonly kind: "changes"; readonly changes: readonly RawChange[] }
  | { readonly kind: "initial"; readonly changes: readonly RawChange[] }
  | { readonly kind: "lost" };

/** Turns bytes of a device file into raw input; keeps the rest of a cut event for the next call. */
export type RawParser = { readonly push: (bytes: Uint8Array) => readonly RawInput[] };
