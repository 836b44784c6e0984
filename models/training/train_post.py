"""Trains the detector of a camera post, classes animal and smoke, on pictures of the simulated scenes.

usage: python train_post.py RUN_FOLDER SET... [--name post] [--seconds 1200] [--threads 1] [--init ../weights/animal-v1.onnx]
Each SET is a folder that draw_scenes.ts wrote. Every picture is looked at whole, zoomed in or out, mirrored, in other light.
Output [1, 6, 650]: cx cy w h in pixels of the 416 x 320 input, then the scores of animal and smoke. No suppression inside.
"""
import argparse
import json
import os
import random

import cv2
import numpy as np
import torch

import detection
from export import start_from, to_onnx
from light import relight
from network import Detector, parameters
from scene_set import CLASSES, open_set
from schedule import Average, Clock, device, optimiser, step

WIDTH, HEIGHT, MOST = 416, 320, 10


def one(entry, least=7):
    """A random view of a picture: [HEIGHT, WIDTH, 3], boxes [MOST, 4], classes [MOST]."""
    picture, boxes, kinds = entry
    h, w = picture.shape[:2]
    fit = min(WIDTH / w, HEIGHT / h)
    zoom = fit * (1 if random.random() < 0.4 else np.exp(random.uniform(-0.3, 0.5)))
    sx, sy = (zoom * np.exp(random.uniform(-0.08, 0.08)) for _ in range(2))
    x, y = ((WIDTH - w * sx) * random.random(), (HEIGHT - h * sy) * random.random())
    if zoom == fit:
        sx = sy = fit
        x, y = (WIDTH - w * fit) / 2, (HEIGHT - h * fit) / 2
    flip = random.random() < 0.5
    if flip:
        picture = picture[:, ::-1]
        boxes = np.stack([w - boxes[:, 2], boxes[:, 1], w - boxes[:, 0], boxes[:, 3]], 1)
    if zoom < 0.8:  # shrink first, or thin things flicker
        k = np.sqrt(zoom)
        picture = cv2.resize(np.ascontiguousarray(picture), (round(w * k), round(h * k)), interpolation=cv2.INTER_AREA)
    turn = np.array([[sx * w / picture.shape[1], 0, x], [0, sy * h / picture.shape[0], y]], np.float32)
    view = cv2.warpAffine(np.ascontiguousarray(picture), turn, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderValue=(114, 114, 114))
    whole = boxes * [sx, sy, sx, sy] + [x, y, x, y]
    seen = np.clip(whole, 0, [WIDTH, HEIGHT, WIDTH, HEIGHT])
    size = lambda b: (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])
    keep = ((seen[:, 2:] - seen[:, :2]).min(1, initial=1e9) >= least) & (size(seen) > 0.3 * size(whole))
    out, out_kinds = np.zeros((MOST, 4), np.float32), np.zeros(MOST, np.int64)
    n = min(MOST, int(keep.sum()))
    out[:n], out_kinds[:n] = seen[keep][:n], kinds[keep][:n]
    return relight(view, 0.5) if random.random() < 0.7 else view, out, out_kinds


def batch(entries, n):
    views, boxes, kinds = zip(*(one(random.choice(entries)) for _ in range(n)))
    return torch.from_numpy(np.stack(views)).permute(0, 3, 1, 2).float() / 255, torch.from_numpy(np.stack(boxes)), torch.from_numpy(np.stack(kinds))


def main():
    args = argparse.ArgumentParser()
    args.add_argument('run'), args.add_argument('sets', nargs='+'), args.add_argument('--name', default='post')
    args.add_argument('--seconds', type=float, default=1200), args.add_argument('--batch', type=int, default=16)
    args.add_argument('--rate', type=float, default=1.5e-3), args.add_argument('--seed', type=int, default=3)
    args.add_argument('--threads', type=int, default=1), args.add_argument('--init')
    a = args.parse_args()
    torch.set_num_threads(a.threads), cv2.setNumThreads(1)
    torch.manual_seed(a.seed), random.seed(a.seed), np.random.seed(a.seed)
    os.makedirs(a.run, exist_ok=True)
    entries = [entry for folder in a.sets for entry in open_set(folder)]
    dev = device()
    model = Detector(WIDTH, HEIGHT, len(CLASSES))
    if a.init:
        print('taken over whole, in part:', start_from(model, a.init, batch(entries, 16)[0]), flush=True)
    model = model.to(dev).train()
    average, opt, clock, steps, said = Average(model), optimiser(model, 0.05), Clock(a.seconds), 0, 0.0
    print(len(entries), 'pictures,', parameters(model), 'parameters', flush=True)
    save = lambda: to_onnx(average.model, f'{a.run}/{a.name}.onnx', torch.rand(1, 3, HEIGHT, WIDTH), ['images'], ['output0'])
    while clock.progress() < 1:
        pictures, boxes, kinds = (t.to(dev) for t in batch(entries, a.batch))
        total, classes, places = detection.loss(model, pictures, boxes, kinds)
        step(model, average, opt, total, clock.rate(a.rate), 10.0)
        steps += 1
        if clock.elapsed() - said > 60 or steps in (3, 30):
            said = clock.elapsed()
            print(dict(steps=steps, seconds=round(said), classes=round(classes.item(), 3), places=round(places.item(), 3)), flush=True)
            save()
    save()
    json.dump(dict(arguments=vars(a), parameters=parameters(model), steps=steps, pictures_seen=steps * a.batch, pictures=len(entries)),
              open(f'{a.run}/{a.name}.json', 'w'), indent=1)


if __name__ == '__main__':
    main()
