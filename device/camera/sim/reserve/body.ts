// The body of a walking animal seen from its side, as rounded parts. It walks to the right; x forward, y up, the ground at y = 0,
// and the height of the shoulder is 1. Which part shows which piece of the coat is said by its chart.
import type { Species } from "./animal.ts";

/** Pieces of a coat (coat.ts): body and head, four legs, tail, ears, and things of one colour. */
export type Chart = "body" | "foreleg" | "hindleg" | "tail" | "ear" | "eye" | "nose";

/** A tapered, rounded stroke from a to b. Along it the coat runs from u0 to u1 (0..1), around it from back to belly. */
export type Part = {
  readonly chart: Chart;
  readonly ax: number;
  readonly ay: number;
  readonly ra: number;
  readonly bx: number;
  readonly by: number;
  readonly rb: number;
  readonly u0: number;
  readonly u1: number;
};

/** Painted in this order; the parts of one layer flow into one another. */
export type BodyLayer = { readonly parts: readonly Part[]; readonly light: number };

/** What sets the species apart. Points are [x, y, radius] from rump to snout. */
type Build = {
  readonly spine: readonly (readonly [number, number, number, number])[];
  readonly hip: readonly [number, number];
  readonly shoulder: readonly [number, number];
  readonly tail: readonly (readonly [number, number, number])[];
  readonly limb: number;
  /** Length of a whole stride. */
  readonly stride: number;
  readonly ear: readonly [number, number, number];
  readonly eye: readonly [number, number, number];
  readonly nose: readonly [number, number, number];
};

/** Share of a stride that a foot is on the ground. */
const onGround = 0.64;

/** The moment of its stride at which an animal stands still: three feet bear it, the fourth is nearly down. */
export const standingStride = 0.63;

/** Ground covered in one whole stride, in shoulder heights. */
export function strideOf(species: Species): number {
  return builds()[species].stride;
}

/** The body at a moment of its stride (0..1); `lowered` 0..1 is how far the head hangs to sniff. */
export function poseBody(species: Species, stride: number, lowered: number): BodyLayer[] {
  const build = builds()[species];
  const bob = 0.012 * Math.cos(4 * Math.PI * stride);
  const near = {
    fore: legParts(build, "foreleg", stride + 0.25, bob),
    hind: legParts(build, "hindleg", stride, bob),
  };
  const far = {
    fore: legParts(build, "foreleg", stride + 0.75, bob),
    hind: legParts(build, "hindleg", stride + 0.5, bob),
  };
  const nod = lowered * 0.42 + 0.012 * Math.sin(4 * Math.PI * stride);
  const trunk = spineParts(build, bob, nod, lowered);
  const headDrop = (x: number, y: number): readonly [number, number] =>
    lower(build, x, y + bob, nod, lowered);
  const [earX, earY] = headDrop(build.ear[0], build.ear[1]);
  const [eyeX, eyeY] = headDrop(build.eye[0], build.eye[1]);
  const [noseX, noseY] = headDrop(build.nose[0], build.nose[1]);
  const ear = (dx: number): Part =>
    dot(
      "ear",
      earX + dx,
      earY,
      build.ear[2],
      earX + dx - 0.012,
      earY + build.ear[2] * 0.8,
      build.ear[2] * 0.62,
    );
  return [
    { parts: [...far.hind, ...far.fore], light: 0.56 },
    { parts: tailParts(build, stride, bob), light: 0.9 },
    { parts: [ear(0.045)], light: 0.72 },
    { parts: [...trunk, ...near.hind, ...near.fore], light: 1 },
    { parts: [ear(-0.03)], light: 1 },
    { parts: [dot("eye", eyeX, eyeY, build.eye[2]), dot("nose", noseX, noseY, build.nose[2])], light: 1 },
  ];
}

function builds(): Readonly<Record<Species, Build>> {
  return {
    tiger: {
      spine: [
        [-0.72, 0.76, 0.2, 0.11],
        [-0.5, 0.75, 0.25, 0.2],
        [-0.08, 0.7, 0.25, 0.4],
        [0.36, 0.71, 0.27, 0.6],
        [0.62, 0.77, 0.25, 0.7],
        [0.92, 0.9, 0.17, 0.8],
        [1.1, 0.93, 0.185, 0.88],
        [1.31, 0.83, 0.092, 0.96],
      ],
      hip: [-0.62, 0.68],
      shoulder: [0.5, 0.66],
      tail: [
        [-0.84, 0.8, 0.07],
        [-1.03, 0.62, 0.06],
        [-1.15, 0.38, 0.056],
        [-1.36, 0.27, 0.055],
        [-1.55, 0.36, 0.05],
      ],
      limb: 1,
      stride: 1.05,
      ear: [0.99, 1.085, 0.062],
      eye: [1.175, 0.955, 0.021],
      nose: [1.385, 0.845, 0.032],
    },
    raccoon: {
      spine: [
        [-0.78, 0.7, 0.3, 0.12],
        [-0.5, 0.84, 0.4, 0.22],
        [-0.1, 0.86, 0.41, 0.4],
        [0.34, 0.75, 0.34, 0.58],
        [0.62, 0.68, 0.27, 0.7],
        [0.86, 0.66, 0.23, 0.8],
        [1.06, 0.63, 0.21, 0.88],
        [1.36, 0.53, 0.07, 0.97],
      ],
      hip: [-0.58, 0.66],
      shoulder: [0.5, 0.6],
      tail: [
        [-0.98, 0.66, 0.15],
        [-1.2, 0.5, 0.17],
        [-1.42, 0.38, 0.165],
        [-1.62, 0.32, 0.13],
        [-1.76, 0.31, 0.07],
      ],
      limb: 1.25,
      stride: 0.95,
      ear: [0.98, 0.84, 0.075],
      eye: [1.15, 0.655, 0.03],
      nose: [1.415, 0.525, 0.042],
    },
  };
}

function dot(chart: Chart, ax: number, ay: number, ra: number, bx = ax, by = ay, rb = ra): Part {
  return { chart, ax, ay, ra, bx, by, rb, u0: 0, u1: 1 };
}

/** Points in front of the shoulder turn down around it. */
function lower(build: Build, x: number, y: number, nod: number, lowered: number): readonly [number, number] {
  const [pivotX, pivotY] = [build.shoulder[0] + 0.05, build.shoulder[1] + 0.1];
  if (x <= pivotX) return [x, y];
  const reach = Math.min(1, (x - pivotX) / 0.4);
  const turn = -nod * (0.45 + 0.55 * reach);
  const dx = x - pivotX;
  const dy = y - pivotY;
  return [
    pivotX + dx * Math.cos(turn) - dy * Math.sin(turn),
    pivotY + dx * Math.sin(turn) + dy * Math.cos(turn) - 0.06 * lowered * reach,
  ];
}

function spineParts(build: Build, bob: number, nod: number, lowered: number): Part[] {
  const points = build.spine.map(([x, y, radius, u]) => {
    const [turnedX, turnedY] = lower(build, x, y + bob, nod, lowered);
    return { x: turnedX, y: turnedY, radius, u };
  });
  return points.slice(1).map((b, index) => {
    const a = points[index]!;
    return {
      chart: "body",
      ax: a.x,
      ay: a.y,
      ra: a.radius,
      bx: b.x,
      by: b.y,
      rb: b.radius,
      u0: a.u,
      u1: b.u,
    };
  });
}

function tailParts(build: Build, stride: number, bob: number): Part[] {
  const sway = Math.sin(2 * Math.PI * stride);
  const last = build.tail.length - 1;
  const points = build.tail.map(([x, y, radius], index) => {
    const far = (index / last) ** 1.5;
    return { x: x + 0.05 * sway * far, y: y + bob + 0.04 * Math.cos(2 * Math.PI * stride + 1) * far, radius };
  });
  return points.slice(1).map((b, index) => {
    const a = points[index]!;
    const [u0, u1] = [index / last, (index + 1) / last];
    return { chart: "tail", ax: a.x, ay: a.y, ra: a.radius, bx: b.x, by: b.y, rb: b.radius, u0, u1 };
  });
}

/** A leg whose foot stands still on the ground for most of the stride and is then swung forward. */
function legParts(build: Build, chart: "foreleg" | "hindleg", moment: number, bob: number): Part[] {
  const isFore = chart === "foreleg";
  const [topX, restY] = isFore ? build.shoulder : build.hip;
  const topY = restY + bob;
  const part = moment - Math.floor(moment);
  const reach = build.stride * onGround;
  const swing = part < onGround ? 0 : (part - onGround) / (1 - onGround);
  const ease = swing * swing * (3 - 2 * swing);
  const footX =
    topX +
    (isFore ? 0.02 : -0.04) +
    (part < onGround ? reach * (0.5 - part / onGround) : reach * (ease - 0.5));
  const footY = 0.045 + 0.13 * Math.sin(Math.PI * swing);
  const thick = build.limb;
  if (isFore) {
    const wristX = footX - 0.02 - 0.1 * Math.sin(Math.PI * swing);
    const wristY = footY + 0.13;
    const [elbowX, elbowY] = bend(topX, topY, wristX, wristY, 0.52 * topY, 0.5 * topY, -1);
    return [
      limb(chart, topX, topY, 0.16, elbowX, elbowY, 0.1 * thick, 0, 0.4),
      limb(chart, elbowX, elbowY, 0.095 * thick, wristX, wristY, 0.062 * thick, 0.4, 0.8),
      limb(chart, wristX, wristY, 0.062 * thick, footX, footY, 0.055 * thick, 0.8, 0.92),
      limb(chart, footX - 0.01, footY, 0.05 * thick, footX + 0.09, footY - 0.004, 0.042 * thick, 0.92, 1),
    ];
  }
  const tilt = 0.12 + 0.16 * Math.sin(Math.PI * swing) + 0.1 * (part < onGround ? part / onGround : 0);
  const hockX = footX - tilt;
  const hockY = footY + 0.24;
  const [kneeX, kneeY] = bend(topX, topY, hockX, hockY, 0.5 * topY, 0.5 * topY, 1);
  return [
    limb(chart, topX, topY, 0.2, kneeX, kneeY, 0.125 * thick, 0, 0.4),
    limb(chart, kneeX, kneeY, 0.115 * thick, hockX, hockY, 0.06 * thick, 0.4, 0.7),
    limb(chart, hockX, hockY, 0.058 * thick, footX, footY, 0.052 * thick, 0.7, 0.92),
    limb(chart, footX - 0.01, footY, 0.05 * thick, footX + 0.09, footY - 0.004, 0.042 * thick, 0.92, 1),
  ];
}

function limb(
  chart: Chart,
  ax: number,
  ay: number,
  ra: number,
  bx: number,
  by: number,
  rb: number,
  u0: number,
  u1: number,
): Part {
  return { chart, ax, ay, ra, bx, by, rb, u0, u1 };
}

/** Where a joint lies between two ends for two bones of given lengths; side 1 bends forward, −1 backward. */
function bend(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  upper: number,
  lowerBone: number,
  side: 1 | -1,
): [number, number] {
  const dx = bx - ax;
  const dy = by - ay;
  const apart = Math.min(Math.hypot(dx, dy), (upper + lowerBone) * 0.999);
  const along = (upper * upper - lowerBone * lowerBone + apart * apart) / (2 * apart);
  const out = Math.sqrt(Math.max(0, upper * upper - along * along));
  const length = Math.hypot(dx, dy);
  const [ux, uy] = [dx / length, dy / length];
  return [ax + ux * along - uy * out * side, ay + uy * along + ux * out * side];
}
