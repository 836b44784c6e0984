"""How well a camera post's detector does on scenes it never saw.

usage: python evaluate_post.py MODEL.onnx SET... > metrics.json
Average precision per class, for all boxes and for those of 24 px and more at input size; recall and false boxes per picture at
several thresholds, the latter on empty pictures, too; smoke by age. Letterboxed as the program does it.
"""
import json
import sys

import cv2
import numpy as np
import onnxruntime as ort

from boxes import average_precision, overlaps, read_output
from scene_set import CLASSES


def letterbox(picture, width, height):
    h, w = picture.shape[:2]
    r = min(width / w, height / h)
    new_w, new_h = round(w * r), round(h * r)
    x, y = round((width - new_w) / 2 - 0.1), round((height - new_h) / 2 - 0.1)
    out = np.full((height, width, 3), 114, np.uint8)
    out[y:y + new_h, x:x + new_w] = cv2.resize(picture, (new_w, new_h), interpolation=cv2.INTER_LINEAR)
    return out, r, np.array([x, y, x, y])


def read(folder):
    notes = json.load(open(f'{folder}/annotations.json'))
    names = {c['id']: 'smoke' if c['name'] == 'smoke' else 'animal' for c in notes['categories']}
    rows = {i['id']: [] for i in notes['images']}
    for a in notes['annotations']:
        x, y, w, h = a['bbox']
        rows[a['image_id']].append(([x, y, x + w, y + h], CLASSES.index(names[a['category_id']]), a.get('attributes', {})))
    return [(f"{folder}/{i['file_name']}", rows[i['id']]) for i in notes['images']]


def main(path, *folders):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(path, options)
    height, width = session.get_inputs()[0].shape[2:]
    found, truth = [], []
    for file, rows in (entry for folder in folders for entry in read(folder)):
        picture, r, shift = letterbox(cv2.imread(file)[:, :, ::-1], width, height)
        output = session.run(None, {'images': picture.transpose(2, 0, 1)[None].astype(np.float32) / 255})[0][0]
        found.append(read_output(output, 0.01, 0.45))
        truth.append([(np.array(box) * r + shift, kind, said) for box, kind, said in rows])
    json.dump({name: report(found, truth, kind) for kind, name in enumerate(CLASSES)}, sys.stdout, indent=1)


def report(found, truth, kind):
    mine = [(e[k == kind], s[k == kind]) for e, s, k in found]
    theirs = [[(box, said) for box, k, said in rows if k == kind] for rows in truth]
    seen = lambda said: said.get('visible', 1) >= 0.12 and said.get('opacity', 1) >= 0.06
    large = lambda box: min(box[2] - box[0], box[3] - box[1]) >= 24
    out = dict(pictures=len(truth), boxes=sum(map(len, theirs)))
    for name, counts in dict(all=lambda b, s: seen(s), large=lambda b, s: seen(s) and large(b)).items():
        wanted = [[b for b, s in rows if counts(b, s)] for rows in theirs]
        ignored = [[b for b, s in rows if not counts(b, s)] for rows in theirs]
        # A box on something that does not count is neither right nor wrong.
        kept = []
        for (edges, scores), want, rest in zip(mine, wanted, ignored):
            excused = np.zeros(len(edges), bool)
            if len(edges) and rest:
                excused = overlaps(edges, np.array(rest)).max(1) >= 0.4
                if want:
                    excused &= overlaps(edges, np.array(want)).max(1) < 0.5
            kept.append((edges[~excused], scores[~excused]))
        wanted = [np.array(w).reshape(-1, 4) for w in wanted]
        aps = [average_precision(kept, wanted, t) for t in np.arange(0.5, 0.96, 0.05)]
        entry = dict(boxes=sum(map(len, wanted)), AP50=rounded(aps[0]), AP50_95=rounded(None if aps[0] is None else np.mean(aps)))
        for t in (0.25, 0.4, 0.5):
            hits = sum(int((overlaps(w, e[s >= t]).max(1) >= 0.5).sum()) for (e, s), w in zip(kept, wanted) if len(w) and (s >= t).any())
            entry[f'recall_at_{t}'] = rounded(hits / max(1, entry['boxes']))
            entry[f'false_boxes_per_picture_at_{t}'] = rounded(sum(false_boxes(e[s >= t], w) for (e, s), w in zip(kept, wanted)) / len(kept))
        out[name] = entry
    empty = [s for (e, s), rows in zip(mine, truth) if not rows]
    out['empty'] = dict(pictures=len(empty), **{f'false_boxes_per_picture_at_{t}': rounded(sum(int((s >= t).sum()) for s in empty) / max(1, len(empty))) for t in (0.25, 0.4, 0.5)})
    if CLASSES[kind] == 'smoke':
        out['recall_at_0.25_by_age_s'] = by_age(mine, theirs)
    return out


def false_boxes(edges, wanted):
    return int((overlaps(edges, wanted).max(1) < 0.5).sum()) if len(edges) and len(wanted) else len(edges)


def by_age(mine, theirs):
    """Seen at all (overlap 0.3 and more), by seconds since the smoke began."""
    table = {}
    for (edges, scores), rows in zip(mine, theirs):
        e = edges[scores >= 0.25]
        for box, said in rows:
            bin_ = f"{int(said['ageS'] // 15) * 15}-{int(said['ageS'] // 15) * 15 + 15}" if said['ageS'] < 60 else '60-'
            hit = len(e) > 0 and overlaps(box[None], e).max() >= 0.3
            table.setdefault(bin_, []).append(hit)
    return {k: dict(boxes=len(v), recall=rounded(np.mean(v))) for k, v in sorted(table.items(), key=lambda kv: int(kv[0].split('-')[0]))}


def rounded(x):
    return None if x is None else round(float(x), 4)


if __name__ == '__main__':
    main(*sys.argv[1:])
