"""Boxes as [..., 4] left top right bottom: overlap, suppression, average precision."""
import math

import numpy as np
import torch


def overlap(a, b, complete=False):
    """IoU of broadcast boxes (torch); complete: less the distance of the centres and of the shapes (CIoU)."""
    inter = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp_min(0).prod(-1)
    size_a, size_b = (a[..., 2:] - a[..., :2]).clamp_min(1e-3), (b[..., 2:] - b[..., :2]).clamp_min(1e-3)
    iou = inter / (size_a.prod(-1) + size_b.prod(-1) - inter + 1e-6)
    if not complete:
        return iou
    hull = (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])).pow(2).sum(-1) + 1e-6
    apart = ((a[..., :2] + a[..., 2:] - b[..., :2] - b[..., 2:]) / 2).pow(2).sum(-1)
    shape = 4 / math.pi ** 2 * (torch.atan(size_b[..., 0] / size_b[..., 1]) - torch.atan(size_a[..., 0] / size_a[..., 1])) ** 2
    return iou - apart / hull - shape * (shape / (1 - iou + shape + 1e-6)).detach()


def overlaps(a, b):
    """IoU of each of a with each of b (numpy)."""
    inter = np.clip(np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2]), 0, None).prod(2)
    return inter / ((a[:, 2:] - a[:, :2]).prod(1)[:, None] + (b[:, 2:] - b[:, :2]).prod(1)[None] - inter + 1e-9)


def read_output(output, score, iou, most=300):
    """A detector's output [4 + classes, cells] -> edges [n, 4] in pixels, scores [n], classes [n], best first; suppressed class by class."""
    best, kind = output[4:].max(0), output[4:].argmax(0)
    order = np.argsort(-best, kind='stable')
    order = order[best[order] >= score][:1000]
    cx, cy, w, h = output[:4, order]
    edges, scores, kinds = np.stack([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], 1), best[order], kind[order]
    keep = []
    for i in range(len(order)):
        if not any(kinds[i] == kinds[j] and overlaps(edges[i:i + 1], edges[j:j + 1])[0, 0] > iou for j in keep):
            keep.append(i)
            if len(keep) == most:
                break
    return edges[keep], scores[keep], kinds[keep]


def average_precision(found, truth, threshold):
    """found: per picture (edges, scores); truth: per picture edges. Area under the curve at 101 recalls; None without any truth."""
    total, rows = sum(len(t) for t in truth), []
    for (edges, scores), t in zip(found, truth):
        taken = np.zeros(len(t), bool)
        for i in np.argsort(-scores, kind='stable'):
            match = overlaps(edges[i:i + 1], t)[0] * ~taken if len(t) else np.zeros(0)
            hit = len(match) > 0 and match.max() >= threshold
            if hit:
                taken[match.argmax()] = True
            rows.append((scores[i], hit))
    if total == 0:
        return None
    if not rows:
        return 0.0
    rows.sort(key=lambda r: -r[0])
    right = np.cumsum([hit for _, hit in rows])
    recall, precision = right / total, right / np.arange(1, len(rows) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, np.linspace(0, 1, 101) - 1e-12)
    return float(np.mean([precision[i] if i < len(rows) else 0.0 for i in at]))
