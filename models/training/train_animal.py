"""Trains the first detector, class animal, on 150 photographs of raccoons and on drawn animals.

usage: python train_animal.py PACK RUN_FOLDER [--name animal] [--seconds 1440] [--threads 1] [--init MODEL.onnx] [--shift -1.1]
Every picture is composed: letterboxed, zoomed, four in one, cut out and pasted elsewhere, drawn, or empty.
Output [1, 5, 500] as YOLOv8 exports it. --shift moves all scores at the end, so that 0.25 is a sensible threshold.
"""
import argparse
import json
import math
import os
import random

import cv2
import numpy as np
import torch

import detection
import drawing
import packed
from export import start_from, to_onnx
from light import relight
from network import Detector, parameters
from schedule import Average, Clock, device, optimiser, step

SIZE, MOST = 320, 8
u = random.uniform


class Composer:
    """Makes training pictures of photographs and drawings."""

    def __init__(self, pack, drawn=160):
        photographs = [(p, n) for p, n in packed.photographs(pack) if n['split'] == 'train']
        self.animals = [(p, np.array(n['boxes'], np.float32)) for p, n in photographs if n['kind'] == 'raccoon']
        frames = packed.drive(pack)[0][::25].permute(0, 2, 3, 1).numpy()
        bytes_ = lambda t: (t * 255).byte().permute(0, 2, 3, 1).contiguous().numpy()
        self.empty = [p for p, n in photographs if n['kind'] == 'negative'] * 2 + list(frames)
        with torch.no_grad():
            self.empty += list(bytes_(drawing.coats(4, 6, 160, 'cpu'))) + list(bytes_(drawing.objects(24, 160, 'cpu')))
            self.coats = bytes_(drawing.coats(drawn // 4, 4, 192, 'cpu'))
            self.shapes = bytes_(drawing.silhouettes(drawn, 192, 'cpu'))[..., 0]

    def ground(self):
        dice = random.random()
        if dice < 0.2:
            return np.full((SIZE, SIZE, 3), 114, np.uint8)
        if dice < 0.35:
            k = random.choice((1, 2, 5, 10))
            return cv2.resize(np.random.randint(0, 256, (k, k, 3), np.uint8), (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
        b = random.choice(self.empty)
        h, w = b.shape[:2]
        share = u(0.35, 1)
        ch, cw = max(8, int(h * share)), max(8, int(w * share))
        y, x = random.randint(0, h - ch), random.randint(0, w - cw)
        b = cv2.resize(b[y:y + ch, x:x + cw], (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
        return b[:, ::-1].copy() if random.random() < 0.5 else b.copy()

    def photograph(self):
        picture, boxes = random.choice(self.animals)
        if random.random() < 0.5:
            w = picture.shape[1]
            picture, boxes = picture[:, ::-1], np.stack([w - boxes[:, 2], boxes[:, 1], w - boxes[:, 0], boxes[:, 3]], 1)
        return np.ascontiguousarray(picture), boxes

    def compose(self, share_drawn):
        """-> picture, boxes [MOST, 4]."""
        canvas, dice, way = Canvas(self.ground()), random.random(), random.random()
        if dice < 0.07:
            pass
        elif dice < 0.07 + share_drawn:
            for _ in range(random.choice((1, 1, 2))):
                self.put_drawn(canvas)
        elif way < 0.45:
            self.put_whole(canvas)
        elif way < 0.7:
            self.put_four(canvas)
        else:
            for _ in range(random.choice((1, 1, 2))):
                self.put_cutout(canvas)
        boxes = canvas.boxes[:MOST]
        return relight(canvas.picture), np.array(boxes + [[0] * 4] * (MOST - len(boxes)), np.float32)

    def put_drawn(self, canvas):
        i = random.randrange(len(self.coats))
        ys, xs = np.where(self.shapes[i] > 127)
        box = np.array([[xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]], np.float32)
        s = uneven(SIZE * math.exp(u(-1.7, 0.05)) / (box[0, 2:] - box[0, :2]).max())
        canvas.put(self.coats[i], box, s, (u(0.15, 0.85) * SIZE - s[0] * 96, u(0.15, 0.85) * SIZE - s[1] * 96), alpha=self.shapes[i])

    def put_whole(self, canvas):
        picture, boxes = self.photograph()
        s = uneven(SIZE / max(picture.shape[:2]) * math.exp(u(-0.7, 0.45)))
        canvas.put(picture, boxes, s, [(SIZE - picture.shape[1 - k] * s[k]) * random.random() for k in range(2)])

    def put_four(self, canvas):
        cx, cy = u(0.3, 0.7) * SIZE, u(0.3, 0.7) * SIZE
        for x0, y0, x1, y1 in ((0, 0, cx, cy), (cx, 0, SIZE, cy), (0, cy, cx, SIZE), (cx, cy, SIZE, SIZE)):
            picture, boxes = self.photograph()
            s = uneven(max((x1 - x0) / picture.shape[1], (y1 - y0) / picture.shape[0]) * math.exp(u(-0.2, 0.5)))
            shift = [x0 + (x1 - x0 - picture.shape[1] * s[0]) * random.random(), y0 + (y1 - y0 - picture.shape[0] * s[1]) * random.random()]
            canvas.put(picture, boxes, s, shift, (x0, y0, x1, y1))

    def put_cutout(self, canvas):
        picture, boxes = self.photograph()
        x0, y0, x1, y1 = (int(v) for v in boxes[0])
        alpha = np.zeros(picture.shape[:2], np.uint8)
        cv2.ellipse(alpha, ((x0 + x1) // 2, (y0 + y1) // 2), (max(2, (x1 - x0) // 2), max(2, (y1 - y0) // 2)), 0, 0, 360, 255, -1)
        s = uneven(SIZE * math.exp(u(-1.8, -0.25)) / max(x1 - x0, y1 - y0))
        shift = (u(0.15, 0.85) * SIZE - s[0] * (x0 + x1) / 2, u(0.15, 0.85) * SIZE - s[1] * (y0 + y1) / 2)
        canvas.put(picture, boxes[:1], s, shift, alpha=cv2.blur(alpha, (9, 9)))

    def batch(self, n, share_drawn):
        pictures, boxes = zip(*(self.compose(share_drawn) for _ in range(n)))
        boxes = torch.from_numpy(np.stack(boxes))
        return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255, boxes, torch.zeros(boxes.shape[:2], dtype=torch.int64)


class Canvas:
    """A picture that others are put on, and the boxes of what is still to be seen."""

    def __init__(self, ground):
        self.picture, self.boxes = ground, []

    def put(self, source, boxes, scale, shift, region=(0, 0, SIZE, SIZE), alpha=None):
        sx, sy = scale
        h, w = source.shape[:2]
        x0, y0, x1, y1 = (int(round(v)) for v in region)
        x0, y0 = max(x0, math.ceil(shift[0]), 0), max(y0, math.ceil(shift[1]), 0)
        x1, y1 = min(x1, int(w * sx + shift[0]), SIZE), min(y1, int(h * sy + shift[1]), SIZE)
        if x1 - x0 < 4 or y1 - y0 < 4:
            return
        if min(scale) <= 0.5:  # shrink first, or thin things flicker
            half = [max(1, round(side * 2 * min(scale))) for side in (w, h)]
            source = cv2.resize(source, half, interpolation=cv2.INTER_AREA)
            alpha = None if alpha is None else cv2.resize(alpha, half, interpolation=cv2.INTER_AREA)
        turn = np.array([[sx * w / source.shape[1], 0, shift[0] - x0], [0, sy * h / source.shape[0], shift[1] - y0]], np.float32)
        size = (x1 - x0, y1 - y0)
        warped = cv2.warpAffine(source, turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        if alpha is not None:
            a = cv2.warpAffine(alpha, turn, size, flags=cv2.INTER_LINEAR)[..., None].astype(np.float32) / 255
            warped = (self.picture[y0:y1, x0:x1] * (1 - a) + warped * a).astype(np.uint8)
        self.picture[y0:y1, x0:x1] = warped
        for b in boxes:
            whole = b * [sx, sy, sx, sy] + [shift[0], shift[1]] * 2
            seen = np.array([max(whole[0], x0), max(whole[1], y0), min(whole[2], x1), min(whole[3], y1)])
            if (seen[2:] - seen[:2]).min() > 9 and (seen[2:] - seen[:2]).prod() > 0.3 * (whole[2:] - whole[:2]).prod():
                self.boxes.append(seen)


def uneven(scale):
    return scale * math.exp(u(-0.12, 0.12)), scale * math.exp(u(-0.12, 0.12))


def main():
    args = argparse.ArgumentParser()
    args.add_argument('pack'), args.add_argument('run'), args.add_argument('--name', default='animal')
    args.add_argument('--seconds', type=float, default=1440), args.add_argument('--batch', type=int, default=16)
    args.add_argument('--rate', type=float, default=1.5e-3), args.add_argument('--seed', type=int, default=3)
    args.add_argument('--threads', type=int, default=1), args.add_argument('--shift', type=float, default=0.0), args.add_argument('--init')
    a = args.parse_args()
    torch.set_num_threads(a.threads), cv2.setNumThreads(1)
    torch.manual_seed(a.seed), random.seed(a.seed), np.random.seed(a.seed)
    os.makedirs(a.run, exist_ok=True)
    composer, dev, model = Composer(a.pack), device(), Detector(SIZE, SIZE)
    if a.init:
        start_from(model, a.init, composer.batch(16, 0.1)[0])
    model = model.to(dev).train()
    average, opt, clock, steps, said = Average(model), optimiser(model, 0.05), Clock(a.seconds), 0, 0.0
    while clock.progress() < 1:
        # Drawn animals teach what an outline is; photographs what an animal looks like.
        share_drawn = 0.3 - 0.22 * min(1, max(0, clock.progress() - 0.2) / 0.3)
        total, classes, places = detection.loss(model, *(t.to(dev) for t in composer.batch(a.batch, share_drawn)))
        step(model, average, opt, total, clock.rate(a.rate), 10.0)
        steps += 1
        if clock.elapsed() - said > 60 or steps == 3:
            said = clock.elapsed()
            print(dict(steps=steps, seconds=round(said), classes=round(classes.item(), 3), places=round(places.item(), 3)), flush=True)
    for head in average.model.score_heads:
        head[-1].bias.data += a.shift
    to_onnx(average.model, f'{a.run}/{a.name}.onnx', torch.rand(1, 3, SIZE, SIZE), ['images'], ['output0'])
    json.dump(dict(arguments=vars(a), parameters=parameters(model), steps=steps, pictures_seen=steps * a.batch), open(f'{a.run}/{a.name}.json', 'w'), indent=1)


if __name__ == '__main__':
    main()
