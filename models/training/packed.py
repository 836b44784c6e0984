"""Reads what pack.py wrote."""
import io
import json

import numpy as np
import torch
from PIL import Image


def picture(data):
    return np.asarray(Image.open(io.BytesIO(data.tobytes())).convert('RGB'))


def photographs(pack):
    """-> list of (pixels [h, w, 3] uint8, notes: name, split, kind, size, boxes)."""
    archive = np.load(f'{pack}/photographs.npz')
    return [(picture(archive[f'p{i}']), note) for i, note in enumerate(json.loads(str(archive['notes'])))]


def drive(pack):
    """-> frames [n, 3, 120, 160] uint8, angles, throttles."""
    archive = np.load(f'{pack}/drive.npz')
    frames = np.stack([picture(archive[f'p{i}']) for i in range(len(archive['angle']))])
    return torch.from_numpy(frames).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(archive['angle']), torch.from_numpy(archive['throttle'])


def characters(pack):
    archive = np.load(f'{pack}/characters.npz')
    return torch.from_numpy(archive['drawings']), [str(n) for n in archive['names']]
