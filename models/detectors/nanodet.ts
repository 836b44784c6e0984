// NanoDet-m: for each stride a table of class scores [1, cells, classes] and one of distances [1, cells, 4 * bins]. A cell's
// centre is at its middle.
import { bestClass, createCollector } from "./collect.ts";
import type { DecodeOptions, Decoder, Tensor } from "./decoder.ts";
import { edgesFrom } from "./distances.ts";
import { cellsOf } from "./grid.ts";
import { describeTensor, type FloatOutput, floats, refuse } from "./outputs.ts";

const family = "nanodet";

export const nanodet: Decoder = {
  family,
  needsSuppression: true,
  decode: (outputs, options) => {
    const found = createCollector(family, options.score);
    for (const { stride, scores, distances } of levelsOf(outputs, options)) {
      const columns = Math.ceil(options.width / stride);
      const classes = scores.dims[2]!;
      const sides = distances.dims[2]!;
      for (let cell = 0; cell < scores.dims[1]!; cell++) {
        const best = bestClass(scores.data, cell * classes, classes);
        if (!(best.score >= options.score)) continue;
        const centre = {
          x: ((cell % columns) + 0.5) * stride,
          y: (Math.floor(cell / columns) + 0.5) * stride,
        };
        const shape = { bins: sides / 4, stride, input: options };
        found.add({ ...edgesFrom(centre, distances.data, cell * sides, shape), ...best });
      }
    }
    return found.all();
  },
};

type Level = { readonly stride: number; readonly scores: FloatOutput; readonly distances: FloatOutput };

/** Pairs cls_pred_stride_8 with dis_pred_stride_8, and so on. */
function levelsOf(outputs: ReadonlyMap<string, Tensor>, options: DecodeOptions): readonly Level[] {
  const levels = [...outputs].flatMap(([name, tensor]) => {
    const stride = Number(/^cls\D*(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    return Number.isNaN(stride) ? [] : [levelOf(outputs, options, { name, tensor, stride })];
  });
  if (levels.length === 0)
    refuse(
      family,
      "cls_pred_stride_8",
      `[1, ${cellsOf(options, 8)}, classes] float32, with dis_pred_stride_8 and further strides`,
      [...outputs].map(([name, tensor]) => `${name} ${describeTensor(tensor)}`).join(", ") || "no outputs",
    );
  return levels;
}

function levelOf(
  outputs: ReadonlyMap<string, Tensor>,
  options: DecodeOptions,
  { name, tensor, stride }: { readonly name: string; readonly tensor: Tensor; readonly stride: number },
): Level {
  const cells = cellsOf(options, stride);
  const other = name.replace(/^cls/, "dis");
  const table = (key: string, columns: string) => {
    const expected = `[1, ${cells}, ${columns}] float32`;
    const output = outputs.get(key);
    if (output === undefined) return refuse(family, key, expected, "none");
    if (output.dims.length !== 3 || output.dims[0] !== 1 || output.dims[1] !== cells)
      refuse(family, key, expected, describeTensor(output));
    return floats(family, key, output, expected);
  };
  const scores = table(name, "classes");
  const distances = table(other, "4 * bins");
  if (tensor.dims[2]! < 1 || distances.dims[2]! < 8 || distances.dims[2]! % 4 !== 0)
    refuse(family, other, `[1, ${cells}, 4 * bins] float32`, describeTensor(distances));
  return { stride, scores, distances };
}
