"""The steering network on the last fifth of the drive, beside always straight and always the mean.

usage: python evaluate_steer.py DATA_FOLDER MODEL.onnx > metrics.json
"""
import json
import os
import sys
import tarfile

import cv2
import numpy as np
import onnxruntime as ort

DIRECTIONS = np.array([-1, -0.5, 0, 0.5, 1])


def main(data, model):
    archive = tarfile.open(f'{data}/donkey_tub/tub.tar.gz')
    files = {os.path.basename(m.name): m for m in archive.getmembers() if m.isfile() and not os.path.basename(m.name).startswith('._')}
    read = lambda name: archive.extractfile(files[name]).read()
    rows = sorted((json.loads(line) for name in files if name.endswith('.catalog') for line in read(name).splitlines()), key=lambda r: r['_index'])
    k = int(0.8 * len(rows))
    session = ort.InferenceSession(model)
    frame = lambda r: cv2.imdecode(np.frombuffer(read(r['cam/image_array']), np.uint8), cv2.IMREAD_COLOR)[24:, :, ::-1].transpose(2, 0, 1)
    said = [session.run(None, {'image': frame(r)[None].astype(np.float32) / 255}) for r in rows[k:]]
    direction, speed = (np.concatenate([s[i] for s in said]) for i in range(2))
    column = lambda rs, key: np.array([r[key] for r in rs])
    angle, throttle, before = column(rows[k:], 'user/angle'), column(rows[k:], 'user/throttle'), column(rows[:k], 'user/angle')
    nearest = lambda a: np.abs(np.clip(a, -1, 1)[:, None] - DIRECTIONS).argmin(1)
    faster, mean = throttle > np.median(column(rows[:k], 'user/throttle')), direction @ DIRECTIONS
    error = lambda x: round(float(np.abs(x - angle).mean()), 4)
    json.dump(dict(frames=len(angle), angle_error=error(mean), angle_error_always_straight=error(0), angle_error_always_the_mean=error(before.mean()),
                   direction_right=round(float((direction.argmax(1) == nearest(angle)).mean()), 4), within_one_direction=round(float((np.abs(direction.argmax(1) - nearest(angle)) <= 1).mean()), 4),
                   correlation=round(float(np.corrcoef(mean, angle)[0, 1]), 3), speed_right=round(float((speed.argmax(1) == faster).mean()), 4),
                   speed_right_by_guessing=round(float(max(faster.mean(), 1 - faster.mean())), 4)), sys.stdout, indent=1)


if __name__ == '__main__':
    main(*sys.argv[1:])
