"""Brings the figures of a model's card up to date; its words are written by hand.

usage: python cards.py ID [--training RUN/post.json] [--metrics reserve=reserve.json ridge=ridge.json ...]
Sets files (bytes, sha256, milliseconds a run on one thread of this machine), training and metrics of ../weights/ID.card.json.
"""
import argparse
import hashlib
import json
import os
import time

import numpy as np
import onnxruntime as ort

MODELS = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))


def milliseconds(path, runs=40):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(path, options)
    port = session.get_inputs()[0]
    x = np.random.default_rng(0).random([d if isinstance(d, int) else 1 for d in port.shape], np.float32)
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        session.run(None, {port.name: x})
        times.append((time.perf_counter() - start) * 1e3)
    return round(float(np.percentile(times, 20)), 2)  # others may be using the machine: the quiet runs count


def main():
    args = argparse.ArgumentParser()
    args.add_argument('id'), args.add_argument('--training'), args.add_argument('--metrics', nargs='*', default=[])
    a = args.parse_args()
    path = f'{MODELS}/weights/{a.id}.card.json'
    card = json.load(open(path)) if os.path.exists(path) else dict(id=a.id)
    card['files'] = {}
    for name in (f'{a.id}.onnx', f'{a.id}.int8.onnx'):
        file = f'{MODELS}/weights/{name}'
        if os.path.exists(file):
            content = open(file, 'rb').read()
            card['files'][name] = dict(bytes=len(content), sha256=hashlib.sha256(content).hexdigest(), ms_one_thread=milliseconds(file))
    if a.training:
        run = json.load(open(a.training))
        keep = ('seconds', 'batch', 'rate', 'seed', 'mix', 'temperature', 'strength')
        card['training'] = {**{k: v for k, v in run.items() if k != 'arguments'}, 'arguments': {k: run['arguments'][k] for k in keep if k in run['arguments']}}
    for entry in a.metrics:
        name, file = entry.split('=', 1)
        card.setdefault('metrics', {})[name] = json.load(open(file))
    json.dump(card, open(path, 'w'), indent=2, ensure_ascii=False)
    print(a.id, card['files'])


if __name__ == '__main__':
    main()
