"""Packs the public data sets whose licence permits training into three files.

usage: python pack.py DATA_FOLDER PACK_FOLDER
DATA_FOLDER holds what README.md lists. Writes photographs.npz (448 px at most), drive.npz (160 x 120 frames of a donkeycar tub)
and characters.npz. Test parts stay out: raccoons after the 150th, the last fifth of the drive, every set that is for evaluation only.
"""
import csv
import glob
import io
import json
import os
import sys
import tarfile
import zipfile

import numpy as np
from PIL import Image, ImageOps

LARGEST = 448
RACCOONS_TO_TRAIN = 150


def shrunk(path):
    """-> JPEG bytes, size, by how much."""
    picture = ImageOps.exif_transpose(Image.open(path)).convert('RGB')
    r = LARGEST / max(picture.size)
    picture = picture.resize([max(1, round(side * r)) for side in picture.size], Image.BICUBIC if r > 1 else Image.LANCZOS)
    out = io.BytesIO()
    picture.save(out, 'JPEG', quality=92)
    return out.getvalue(), picture.size, r


def photographs(data):
    boxes = {}
    for row in csv.DictReader(open(f'{data}/raccoon/data/raccoon_labels.csv')):
        boxes.setdefault(row['filename'], []).append([float(row[k]) for k in ('xmin', 'ymin', 'xmax', 'ymax')])
    pdq, traps = f'{data}/pdq/pdq/data', f'{data}/cameratrap/test_data'
    named = lambda names: [f'{traps}/{n}.jpg' for n in names]
    chosen = [(f, 'train' if i < RACCOONS_TO_TRAIN else 'val', 'raccoon') for i, f in enumerate(sorted(glob.glob(f'{data}/raccoon/images/*.jpg')))]
    empty = sorted(glob.glob(f'{pdq}/reg-test-input/labelme-subset/*.jpg')) + [f'{pdq}/reg-test-input/pen-and-coaster.png']
    empty += sorted(glob.glob(f'{data}/neardup_cleanvision/tests/data/*.png')) + named(('blank', 'blank2', 'blank3', 'vehicle', 'human'))
    chosen += [(f, 'train', 'negative') for f in empty]
    chosen += [(f, 'train', 'reid_only') for f in named(('african_elephants', 'american_black_bear', 'domestic_cattle', 'domestic_dog', 'ocelot'))]
    held = sorted(glob.glob(f'{data}/neardup/tests/data/base_images/*.jpg')) + [f'{pdq}/misc-images/c.png', f'{pdq}/bridge-mods/aaa-orig.jpg']
    chosen += [(f, 'val', 'object') for f in held]
    for path, split, kind in chosen:
        jpeg, size, r = shrunk(path)
        name = os.path.basename(path)
        mine = boxes.get(name, []) if kind == 'raccoon' else []
        yield jpeg, dict(name=name, split=split, kind=kind, size=size, boxes=[[c * r for c in b] for b in mine])


def drive(data):
    """The first four fifths in time; the rest never leaves this file."""
    archive = tarfile.open(f'{data}/donkey_tub/tub.tar.gz')
    files = {os.path.basename(m.name): m for m in archive.getmembers() if m.isfile() and not os.path.basename(m.name).startswith('._')}
    read = lambda name: archive.extractfile(files[name]).read()
    rows = [json.loads(line) for name in files if name.endswith('.catalog') for line in read(name).splitlines()]
    rows.sort(key=lambda r: r['_index'])
    rows = rows[:int(0.8 * len(rows))]
    frames = [np.frombuffer(read(r['cam/image_array']), np.uint8) for r in rows]
    return frames, np.array([r['user/angle'] for r in rows], np.float32), np.array([r['user/throttle'] for r in rows], np.float32)


def characters(data):
    """[n, 20 writers, 64, 64] white on black, and `alphabet/character` of each."""
    drawings = {}
    for name in ('images_background_small1.zip', 'images_background_small2.zip'):
        archive = zipfile.ZipFile(f'{data}/omniglot/python/{name}')
        for path in sorted(n for n in archive.namelist() if n.endswith('.png')):
            drawings.setdefault('/'.join(path.split('/')[1:3]), {})[path] = archive
    read = lambda archive, path: np.asarray(Image.open(archive.open(path)).convert('L').resize((64, 64), Image.LANCZOS))
    names = sorted(drawings)
    return 255 - np.stack([np.stack([read(a, p) for p, a in sorted(drawings[n].items())][:20]) for n in names]), names


def main(data, pack):
    os.makedirs(pack, exist_ok=True)
    jpegs, notes = zip(*photographs(data))
    np.savez(f'{pack}/photographs.npz', notes=np.array(json.dumps(notes)), **{f'p{i}': np.frombuffer(j, np.uint8) for i, j in enumerate(jpegs)})
    frames, angle, throttle = drive(data)
    np.savez(f'{pack}/drive.npz', angle=angle, throttle=throttle, **{f'p{i}': f for i, f in enumerate(frames)})
    drawings, names = characters(data)
    np.savez_compressed(f'{pack}/characters.npz', drawings=drawings, names=np.array(names))
    print(len(notes), 'photographs,', len(frames), 'frames,', len(names), 'characters')


if __name__ == '__main__':
    main(*sys.argv[1:])
