"""Crops of the individuals of simulated reserves, cut as a detector would cut them: never twice the same, never quite right."""
import json
import random

import cv2
import numpy as np
import torch

from light import relight


class Walks:
    def __init__(self, folders, size, least_visible=0.45, least_px=36):
        """Each picture's box with a margin around it is kept, as JPEG would take too long to decode again and again."""
        self.size, self.lives = size, {}
        for folder in folders:
            notes = json.load(open(f'{folder}/annotations.json'))
            images = {i['id']: i for i in notes['images']}
            for a in notes['annotations']:
                said, image = a['attributes'], images[a['image_id']]
                x, y, w, h = a['bbox']
                if said['visible'] < least_visible or min(w, h) < least_px:
                    continue
                picture = cv2.imread(f"{folder}/{image['file_name']}")[:, :, ::-1]
                x0, y0, x1, y1 = (int(v) for v in (max(0, x - 0.15 * w), max(0, y - 0.15 * h), x + 1.15 * w, y + 1.15 * h))
                who = (folder, image['seed'], said['individual'], said['flank'])
                kept = (np.ascontiguousarray(picture[y0:y1, x0:x1]), (x - x0, y - y0, w, h), said['visit'])
                self.lives.setdefault(who, {}).setdefault(said['visit'], []).append(kept)
        # Somebody who was met once only can be told from others, but not be known again.
        self.known = [who for who, visits in self.lives.items() if len(visits) > 1]

    def crop(self, picture, box):
        x, y, w, h = box
        edge = lambda at, side: at + side * random.uniform(-0.08, 0.08)
        x0, y0 = max(0, int(edge(x, w))), max(0, int(edge(y, h)))
        x1, y1 = max(x0 + 8, int(edge(x + w, w))), max(y0 + 8, int(edge(y + h, h)))
        crop = cv2.resize(picture[y0:y1, x0:x1], (self.size, self.size), interpolation=cv2.INTER_AREA)
        return relight(crop, 0.6)

    def batch(self, n, views):
        """n individuals, each in `views` different visits. Half the time of few places, so that neighbours are told apart."""
        places = random.sample(sorted({who[:2] for who in self.known}), 6)
        near = [who for who in self.known if who[:2] in places]
        chosen = random.sample(near if random.random() < 0.7 and len(near) >= n else self.known, min(n, len(self.known)))
        out = []
        for who in chosen:
            visits = list(self.lives[who].values())
            for visit in (random.sample(visits, views) if len(visits) >= views else random.choices(visits, k=views)):
                picture, box, _ = random.choice(visit)
                out.append(self.crop(picture, box))
        pictures = torch.from_numpy(np.stack(out)).permute(0, 3, 1, 2).float() / 255
        return pictures, torch.arange(len(chosen)).repeat_interleave(views)
