"""The embedder on any folder of individuals (one sub-folder each), beside a colour histogram and a thumbnail.

usage: python evaluate_reid.py FOLDER MODEL.onnx [...] > metrics.json
Every picture asks all others. Open set: half of the individuals are known, by half of their pictures; how well does the best likeness
tell known from unknown (AUROC, mean of ten fixed splits)?
"""
import glob
import json
import os
import sys

import cv2
import numpy as np

from evaluate_individuals import colours, embedder, thumbnails


def auroc(positive, negative):
    """Share of pairs in the right order; ties count half."""
    order = np.sort(negative)
    below, upto = np.searchsorted(order, positive, 'left'), np.searchsorted(order, positive, 'right')
    return float((below + upto).sum() / (2 * len(positive) * len(negative)))


def judge(vectors, who):
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -9)
    order = np.argsort(-likeness, 1, kind='stable')[:, :-1]
    hit = who[order] == who[:, None]
    hit = hit[hit.any(1)]
    precision = [(np.cumsum(h)[h] / (np.flatnonzero(h) + 1)).mean() for h in hit]
    rng, names, open_set = np.random.default_rng(7), np.unique(who), []
    for _ in range(10):
        known = np.isin(who, rng.permutation(names)[:len(names) // 2])
        gallery = known & (rng.random(len(who)) < 0.5)
        best = likeness[:, gallery].max(1)
        open_set.append(auroc(best[known & ~gallery & np.isin(who, who[gallery])], best[~known]))
    percent = lambda x: round(100 * float(np.mean(x)), 1)
    return dict(rank1=percent(hit[:, 0]), rank5=percent(hit[:, :5].any(1)), mAP=percent(precision), open_set_auroc=round(float(np.mean(open_set)), 3))


def main(folder, *models):
    files = sorted(f for f in glob.glob(f'{folder}/*/*') if f.lower().endswith(('.jpg', '.jpeg', '.png', '.pgm')))
    rows = [(os.path.basename(os.path.dirname(f)), p[:, :, ::-1]) for f in files for p in [cv2.imread(f)] if p is not None]
    who, pictures = np.array([w for w, _ in rows]), [p for _, p in rows]
    means = dict(colour_histogram=colours, grey_32x32=thumbnails, **{os.path.basename(m): embedder(m) for m in models})
    report = dict(pictures=len(rows), individuals=len(set(who)), **{name: judge(describe(pictures), who) for name, describe in means.items()})
    json.dump(report, sys.stdout, indent=1)


if __name__ == '__main__':
    main(*sys.argv[1:])
