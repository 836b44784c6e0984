"""Changes the light of a picture as weather and cheap lenses do. uint8 RGB in, uint8 RGB out (numpy, OpenCV)."""
import math
import random

import cv2
import numpy as np


def relight(picture, strength=1.0):
    s = strength
    x = picture.astype(np.float32)
    x *= np.exp(np.random.randn(3).astype(np.float32) * 0.08 * s + np.float32(random.gauss(0, 0.22 * s)))
    grey = x.mean(2, keepdims=True)
    x = grey + (x - grey) * (0 if random.random() < 0.1 * s else random.uniform(1 - 0.6 * s, 1 + 0.4 * s))
    mean = x.mean()
    x = mean + (x - mean) * math.exp(random.gauss(0, 0.2 * s))
    if random.random() < 0.25 * s:
        x = cv2.GaussianBlur(x, (0, 0), random.uniform(0.4, 1.6))
    if random.random() < 0.4 * s:
        x += np.random.randn(*x.shape).astype(np.float32) * random.uniform(1, 12)
    return np.clip(x, 0, 255).astype(np.uint8)
