"""The detector on photographs: raccoons that were held out, and pictures without any animal.

usage: python evaluate_animal.py DATA_FOLDER MODEL.onnx > metrics.json
"""
import csv
import glob
import io
import json
import os
import sys
import tarfile

import cv2
import numpy as np
import onnxruntime as ort

from boxes import average_precision, overlaps, read_output
from evaluate_post import letterbox

# Test pictures that are also in the training part (found by pHash).
DUPLICATES = {'raccoon-74.jpg', 'raccoon-83.jpg', 'raccoon-85.jpg'}


def opened(path):
    session = ort.InferenceSession(path)
    height, width = session.get_inputs()[0].shape[2:]

    def detect(picture, score=0.001):
        x, r, shift = letterbox(picture[:, :, ::-1], width, height)
        output = session.run(None, {'images': x.transpose(2, 0, 1)[None].astype(np.float32) / 255})[0][0]
        edges, scores, _ = read_output(output, score, 0.6, 100)
        return (edges - shift) / r, scores
    return detect


def judge(found, truth):
    aps = [average_precision(found, truth, t) for t in np.arange(0.5, 0.96, 0.05)]
    out = dict(pictures=len(truth), boxes=sum(map(len, truth)), AP50=round(aps[0], 4), AP50_95=round(float(np.mean(aps)), 4))
    for t in (0.25, 0.5):
        at = [e[s > t] for e, s in found]
        hits = sum(int((overlaps(w, e).max(1) >= 0.5).sum()) for e, w in zip(at, truth) if len(e))
        false = sum(int((overlaps(e, w).max(1) < 0.5).sum()) for e, w in zip(at, truth) if len(e))
        out[f'recall_at_{t}'], out[f'false_boxes_per_picture_at_{t}'] = round(hits / out['boxes'], 4), round(false / len(truth), 3)
    return out


def last_fifth(data):
    """Frames of the drive that training never saw."""
    archive = tarfile.open(f'{data}/donkey_tub/tub.tar.gz')
    for i in range(800, 1000, 4):
        yield cv2.imdecode(np.frombuffer(archive.extractfile(f'tub/images/{i}_cam_image_array_.jpg').read(), np.uint8), cv2.IMREAD_COLOR)


def main(data, model):
    detect, boxes = opened(model), {}
    for row in csv.DictReader(open(f'{data}/raccoon/data/raccoon_labels.csv')):
        boxes.setdefault(row['filename'], []).append([float(row[k]) for k in ('xmin', 'ymin', 'xmax', 'ymax')])
    files = sorted(glob.glob(f'{data}/raccoon/images/*.jpg'))
    name = os.path.basename
    parts = dict(test=files[150:], test_without_duplicates=[f for f in files[150:] if name(f) not in DUPLICATES], train=files[:150])
    out = {f'raccoon_{k}': judge([detect(cv2.imread(f)) for f in fs], [np.array(boxes[name(f)]) for f in fs]) for k, fs in parts.items() if fs}
    pdq, traps = f'{data}/pdq/pdq/data', f'{data}/cameratrap/test_data'
    empty = dict(pdq_unseen=[f'{pdq}/misc-images/c.png', f'{pdq}/bridge-mods/aaa-orig.jpg', f'{pdq}/bridge-mods/shrink-a-lot.jpg'],
                 neardup_unseen=sorted(glob.glob(f'{data}/neardup/tests/data/base_images/*.jpg')),
                 seen=sorted(glob.glob(f'{pdq}/reg-test-input/labelme-subset/*.jpg')) + [f'{traps}/{n}.jpg' for n in ('blank', 'blank2', 'blank3', 'vehicle', 'human')])
    pictures = {k: [p for p in map(cv2.imread, fs) if p is not None] for k, fs in empty.items()} | dict(drive_unseen=list(last_fifth(data)))
    for k, ps in pictures.items():
        scores = [detect(p)[1] for p in ps]
        out[f'false_boxes_{k}'] = dict(pictures=len(ps), **{f'per_picture_at_{t}': round(float(np.mean([(s > t).sum() for s in scores])), 3) for t in (0.25, 0.5)})
    others = ('african_elephants', 'american_black_bear', 'domestic_cattle', 'domestic_dog', 'ocelot')
    out['best_score_on_other_species'] = {n: round(float(max(detect(cv2.imread(f'{traps}/{n}.jpg'))[1], default=0)), 3) for n in others}
    json.dump(out, sys.stdout, indent=1)


if __name__ == '__main__':
    main(*sys.argv[1:])
