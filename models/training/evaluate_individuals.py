"""How well an embedder tells the individuals of a simulated reserve apart, beside a colour histogram.

usage: python evaluate_individuals.py SET [MODEL.onnx ...] > metrics.json
Crops are the true boxes of well visible animals. A query may only be answered by another visit, on the same flank, in the same place:
pictures of one walk are too much alike to prove anything. rank-1, rank-5 and mean average precision over all queries.
"""
import json
import os
import sys

import cv2
import numpy as np
import onnxruntime as ort


def crops(folder, least_visible=0.6, least_px=40):
    notes = json.load(open(f'{folder}/annotations.json'))
    images = {i['id']: i for i in notes['images']}
    for a in notes['annotations']:
        said, image = a['attributes'], images[a['image_id']]
        x, y, w, h = (int(round(v)) for v in a['bbox'])
        if said['visible'] < least_visible or min(w, h) < least_px:
            continue
        picture = cv2.imread(f"{folder}/{image['file_name']}")
        yield picture[max(0, y):y + h, max(0, x):x + w, ::-1], dict(place=image['seed'], who=f"{image['seed']}/{said['individual']}/{said['flank']}", visit=said['visit'])


def unit(x):
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)


def colours(pictures):
    hists = [cv2.calcHist([cv2.cvtColor(np.ascontiguousarray(p), cv2.COLOR_RGB2HSV)], [0, 1, 2], None, [12, 6, 6], [0, 180, 0, 256, 0, 256]).ravel() for p in pictures]
    return unit(np.sqrt(np.stack(hists)))


def thumbnails(pictures):
    grey = np.stack([cv2.resize(cv2.cvtColor(np.ascontiguousarray(p), cv2.COLOR_RGB2GRAY), (32, 32), interpolation=cv2.INTER_AREA).ravel().astype(np.float32) for p in pictures])
    return unit(grey - grey.mean(1, keepdims=True))


def embedder(path):
    session = ort.InferenceSession(path)
    name, size = session.get_inputs()[0].name, session.get_inputs()[0].shape[2]

    def describe(pictures):
        x = np.stack([cv2.resize(p, (size, size), interpolation=cv2.INTER_AREA if min(p.shape[:2]) > size else cv2.INTER_LINEAR) for p in pictures])
        x = x.transpose(0, 3, 1, 2).astype(np.float32) / 255
        return unit(np.concatenate([session.run(None, {name: x[i:i + 32]})[0] for i in range(0, len(x), 32)]))
    return describe


def judge(vectors, notes):
    likeness = vectors @ vectors.T
    first, fifth, precision = [], [], []
    for i, q in enumerate(notes):
        rest = [j for j, n in enumerate(notes) if n['place'] == q['place'] and n['visit'] != q['visit']]
        hits = np.array([notes[j]['who'] == q['who'] for j in rest])
        if not hits.any():
            continue
        hits = hits[np.argsort(-likeness[i, rest], kind='stable')]
        first.append(hits[0]), fifth.append(hits[:5].any())
        precision.append((np.cumsum(hits)[hits] / (np.flatnonzero(hits) + 1)).mean())
    return dict(queries=len(first), rank1=round(100 * float(np.mean(first)), 1), rank5=round(100 * float(np.mean(fifth)), 1), mAP=round(100 * float(np.mean(precision)), 1))


def main(folder, *models):
    pictures, notes = zip(*crops(folder))
    means = dict(colour_histogram=colours, grey_32x32=thumbnails, **{os.path.basename(m): embedder(m) for m in models})
    vectors = {name: describe(pictures) for name, describe in means.items()}
    report = dict(crops=len(notes), individuals=len({n['who'] for n in notes}), **{name: judge(v, notes) for name, v in vectors.items()})
    for m in models:
        name = os.path.basename(m)
        report[f'{name} + colour_histogram'] = judge(unit(np.concatenate([vectors[name], vectors['colour_histogram']], 1)), notes)
    json.dump(report, sys.stdout, indent=1)


if __name__ == '__main__':
    main(*sys.argv[1:])
