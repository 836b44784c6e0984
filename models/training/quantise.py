"""An int8 twin of a model: static, symmetric weights per channel, calibrated on pictures it was trained on.

usage: python quantise.py MODEL.onnx OUT.onnx PICTURES_FOLDER [--count 120]
The first convolution and what follows the last ones stay in float: one scale for pixels and scores would ruin the scores.
"""
import argparse
import glob
import os
import random

import cv2
import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from evaluate_post import letterbox


class Pictures(CalibrationDataReader):
    def __init__(self, name, files, width, height, stretch):
        fit = (lambda p: cv2.resize(p, (width, height), interpolation=cv2.INTER_AREA)) if stretch else (lambda p: letterbox(p, width, height)[0])
        self.left = ({name: fit(cv2.imread(f)[:, :, ::-1]).transpose(2, 0, 1)[None].astype(np.float32) / 255} for f in files)

    def get_next(self):
        return next(self.left, None)


def quantise(source, target, files, stretch=False):
    model = onnx.load(source)
    port = model.graph.input[0]
    height, width = (d.dim_value for d in port.type.tensor_type.shape.dim[2:])
    first = [n.name for n in model.graph.node if n.op_type == 'Conv'][:1]
    quant_pre_process(source, target + '.tmp', skip_symbolic_shape=True)
    quantize_static(target + '.tmp', target, Pictures(port.name, files, width, height, stretch), quant_format=QuantFormat.QDQ, per_channel=True,
                    weight_type=QuantType.QInt8, activation_type=QuantType.QUInt8, op_types_to_quantize=['Conv', 'Gemm', 'MatMul'], nodes_to_exclude=first)
    os.remove(target + '.tmp')


def main():
    args = argparse.ArgumentParser()
    args.add_argument('source'), args.add_argument('target'), args.add_argument('pictures', nargs='+')
    args.add_argument('--count', type=int, default=120), args.add_argument('--stretch', action='store_true')
    a = args.parse_args()
    files = [f for folder in a.pictures for f in sorted(glob.glob(f'{folder}/*.jpg') + glob.glob(f'{folder}/*.png'))]
    random.seed(1)
    quantise(a.source, a.target, random.sample(files, min(a.count, len(files))), a.stretch)


if __name__ == '__main__':
    main()
