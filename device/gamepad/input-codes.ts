// Names of the Linux input event types and codes a gamepad uses (linux/input-event-codes.h, admin-guide gamepad.rst).

/** Types of an input event. */
export const eventType = { syn: 0x00, key: 0x01, abs: 0x03 } as const;

/** Codes of a SYN event. */
export const synCode = { report: 0, dropped: 3 } as const;

/** Buttons, by position where the kernel names one (south is the lowest of the four). */
export const btn = {
  keyMenu: 0x8b,
  keyBack: 0x9e,
  keyHome: 0xac,
  misc: 0x100,
  joystick: 0x120,
  south: 0x130,
  east: 0x131,
  c: 0x132,
  north: 0x133,
  west: 0x134,
  z: 0x135,
  tl: 0x136,
  tr: 0x137,
  tl2: 0x138,
  tr2: 0x139,
  select: 0x13a,
  start: 0x13b,
  mode: 0x13c,
  thumbl: 0x13d,
  thumbr: 0x13e,
  dpadUp: 0x220,
  dpadDown: 0x221,
  dpadLeft: 0x222,
  dpadRight: 0x223,
  // What xpad calls the d-pad of pads that it does not know.
  happyLeft: 0x2c0,
  happyRight: 0x2c1,
  happyUp: 0x2c2,
  happyDown: 0x2c3,
} as const;

/** Absolute axes. */
export const abs = {
  x: 0x00,
  y: 0x01,
  z: 0x02,
  rx: 0x03,
  ry: 0x04,
  rz: 0x05,
  gas: 0x09,
  brake: 0x0a,
  hat0x: 0x10,
  hat0y: 0x11,
  hat2x: 0x14,
  hat2y: 0x15,
  hat3y: 0x17,
} as const;

/** First code beyond the keys and buttons (KEY_CNT). */
export const keyCount = 0x300;
/** First code beyond the absolute axes (ABS_CNT). */
export const absCount = 0x40;

/** Bus of an input device: how it is attached. */
export const bus = { usb: 0x03, bluetooth: 0x05, virtual: 0x06 } as const;

/** Whether an axis is a hat (digital d-pad, −1, 0, 1). */
export function isHat(code: number): boolean {
  return code >= abs.hat0x && code <= abs.hat3y;
}
