"""A set that draw_scenes.ts wrote, as pictures with boxes."""
import json

import cv2
import numpy as np

CLASSES = ('animal', 'smoke')


def open_set(folder, least_visible=0.12, least_opacity=0.06):
    """-> list of (picture [h, w, 3] uint8 RGB, boxes [n, 4] left top right bottom in pixels, classes [n]).

    What hardly anybody would see (a nose behind a bush, the first breath of smoke) is nothing to learn from: it is left out.
    """
    notes = json.load(open(f'{folder}/annotations.json'))
    names = {c['id']: c['name'] for c in notes['categories']}
    boxes = {image['id']: [] for image in notes['images']}
    for a in notes['annotations']:
        said = a.get('attributes', {})
        if said.get('visible', 1) < least_visible or said.get('opacity', 1) < least_opacity:
            continue
        x, y, w, h = a['bbox']
        boxes[a['image_id']].append([x, y, x + w, y + h, CLASSES.index('smoke' if names[a['category_id']] == 'smoke' else 'animal')])
    entries = []
    for image in notes['images']:
        rows = np.array(boxes[image['id']], np.float32).reshape(-1, 5)
        entries.append((cv2.imread(f"{folder}/{image['file_name']}")[:, :, ::-1], rows[:, :4], rows[:, 4].astype(np.int64)))
    return entries
