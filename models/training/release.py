"""Takes a trained model into the catalog: checks it, copies it to ../weights, writes its manifest.

usage: python release.py RUN_FOLDER/post.onnx ID --like OTHER_ID [--set key=json ...]
The manifest begins as that of the model it is like; --set changes single entries, e.g. --set 'classes=["animal","smoke"]'.
Afterwards: golden.py ID, cards.py ID, and the formatter.
"""
import argparse
import copy
import hashlib
import json
import os
import shutil

import onnx

MODELS = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))


def main():
    args = argparse.ArgumentParser()
    args.add_argument('file'), args.add_argument('id'), args.add_argument('--like', required=True), args.add_argument('--set', nargs='*', default=[])
    a = args.parse_args()
    onnx.checker.check_model(onnx.load(a.file))
    path = f"weights/{a.id[:-5] + '.int8' if a.id.endswith('-int8') else a.id}.onnx"
    shutil.copyfile(a.file, f'{MODELS}/{path}')
    content = open(a.file, 'rb').read()
    catalog = json.load(open(f'{MODELS}/catalog.json'))
    manifest = copy.deepcopy(next(m for m in catalog if m['id'] in (a.id, a.like)))
    manifest.update(id=a.id, file=path, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
    for change in a.set:
        key, value = change.split('=', 1)
        place, last = manifest, key.split('.')[-1]
        for part in key.split('.')[:-1]:
            place = place[part]
        place[last] = json.loads(value)
    ids = [m['id'] for m in catalog]
    if a.id in ids:
        catalog[ids.index(a.id)] = manifest
    else:
        catalog.append(manifest)
    json.dump(catalog, open(f'{MODELS}/catalog.json', 'w'), indent=2, ensure_ascii=False)
    print(a.id, manifest['bytes'], 'bytes', manifest['sha256'])


if __name__ == '__main__':
    main()
