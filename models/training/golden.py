"""Golden pairs: pictures of a model's input size, and what the reference runtime makes of them.

usage: python golden.py MODEL_ID [--pictures FOLDER] [--count 3]
Writes ../weights/golden/MODEL_ID/. Without pictures they are drawn; a -int8 model answers the pictures of its float twin.
"""
import argparse
import glob
import json
import os

import numpy as np
import onnxruntime as ort
import torch
from PIL import Image

import camera
import drawing
from boxes import read_output

MODELS = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))


def drawn(width, height, count, seed):
    """Animals of random coats on a soft ground; few tones, so that the files stay small."""
    torch.manual_seed(seed)
    size = max(width, height)
    ground = drawing.colours(count, 'cpu').view(count, 3, 1, 1) * torch.exp(0.25 * drawing.smooth_noise(count, 3, 6, size, 'cpu'))
    x = camera.look_at(drawing.coats(count, 1, 192, 'cpu'), ground.clamp(0, 1), 0.3, 2.0)
    x = torch.nn.functional.avg_pool2d(x, 3, 1, 1)[:, :, :height, :width]
    return [(p.permute(1, 2, 0).numpy() * 255).astype(np.uint8) & 0xF8 for p in x]


def answer(path, name, picture, plain=False):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    if plain:
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(path, options, providers=['CPUExecutionProvider'])
    values = session.run(None, {name: picture.transpose(2, 0, 1)[None].astype(np.float32) / 255})
    return {o.name: v for o, v in zip(session.get_outputs(), values)}


def case(model, path, file, picture):
    outputs = answer(path, model['input']['name'], picture)
    unoptimised = answer(path, model['input']['name'], picture, plain=True)
    spread = max(float((np.abs(outputs[k] - unoptimised[k]) / (1 + np.abs(outputs[k]))).max()) for k in outputs)
    entry = dict(image=file, outputs={k: dict(shape=list(v.shape), data=[round(float(q), 5 if abs(q) < 1 else 4) for q in v.ravel()]) for k, v in outputs.items()})
    if model['task'] == 'detect':
        edges, scores, kinds = read_output(outputs['output0'][0], model['thresholds']['score'], model['thresholds']['iou'])
        h, w = picture.shape[:2]
        edges = np.clip(edges / [w, h, w, h], 0, 1)
        entry['found'] = [dict(className=model['classes'][k], confidence=round(float(s), 4), box=dict(zip(('left', 'top', 'right', 'bottom'), (round(float(q), 5) for q in e))))
                          for e, s, k in zip(edges, scores, kinds)]
    return entry, spread


def main():
    args = argparse.ArgumentParser()
    args.add_argument('id'), args.add_argument('--pictures'), args.add_argument('--count', type=int, default=3), args.add_argument('--seed', type=int, default=5)
    a = args.parse_args()
    model = next(m for m in json.load(open(f'{MODELS}/catalog.json')) if m['id'] == a.id)
    folder, twin = f'{MODELS}/weights/golden/{a.id}', a.id.removesuffix('-int8')
    os.makedirs(folder, exist_ok=True)
    if twin != a.id:
        files = [(f'../{twin}/{os.path.basename(f)}', f) for f in sorted(glob.glob(f'{MODELS}/weights/golden/{twin}/*.png'))]
        pictures = [(name, np.asarray(Image.open(f).convert('RGB'))) for name, f in files]
    else:
        w, h = model['input']['width'], model['input']['height']
        given = [np.asarray(Image.open(f).convert('RGB')) for f in sorted(glob.glob(f'{a.pictures}/*.png'))] if a.pictures else drawn(w, h, a.count, a.seed)
        pictures = [(f'{i}.png', p) for i, p in enumerate(given[:a.count])]
        for name, p in pictures:
            assert p.shape == (h, w, 3), f'expected pictures of {w} x {h}, got {p.shape}'
            Image.fromarray(p).save(f'{folder}/{name}', optimize=True)
    cases, spreads = zip(*(case(model, f"{MODELS}/{model['file']}", *p) for p in pictures))
    # int8 kernels saturate and round differently from processor to processor.
    allowed = 0.05 if a.id.endswith('-int8') else max(1e-3, round(3 * max(spreads), 4))
    json.dump(dict(model=a.id, sha256=model['sha256'], reference='onnxruntime on CPU, one thread', preprocess='RGB / 255; each picture has the size of the input',
                   tolerance=dict(absolute=allowed, relative=allowed), cases=cases), open(f'{folder}/golden.json', 'w'), separators=(',', ':'))
    print(a.id, 'spread', spreads, 'found', [len(c.get('found', [])) for c in cases], sum(os.path.getsize(f) for f in glob.glob(folder + '/*')), 'bytes')


if __name__ == '__main__':
    main()
