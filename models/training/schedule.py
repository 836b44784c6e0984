"""How a run is paced: by the clock on the wall, so that the same command does more on a faster machine and always ends in time."""
import copy
import math
import time

import torch


class Clock:
    def __init__(self, seconds):
        self.start, self.seconds = time.time(), seconds

    def elapsed(self):
        return time.time() - self.start

    def progress(self):
        """0..1"""
        return min(1.0, self.elapsed() / self.seconds)

    def rate(self, peak, warm=0.03):
        """Learning rate: a short ramp up, then half a cosine down."""
        p = self.progress()
        return 1e-6 + peak * (p / warm if p < warm else 0.5 + 0.5 * math.cos(math.pi * (p - warm) / (1 - warm)))


class Average:
    """The moving average of a model's weights, which is what is exported."""

    def __init__(self, model, decay=0.998):
        self.model, self.decay, self.steps = copy.deepcopy(model).eval(), decay, 0

    @torch.no_grad()
    def follow(self, model):
        self.steps += 1
        d = min(self.decay, (1 + self.steps) / (20 + self.steps))
        for mine, theirs in zip(self.model.state_dict().values(), model.state_dict().values()):
            if mine.dtype.is_floating_point:
                mine.lerp_(theirs.detach(), 1 - d)
            else:
                mine.copy_(theirs)


def optimiser(model, weight_decay):
    """AdamW; biases and norms do not decay."""
    kernels = [p for p in model.parameters() if p.ndim > 1]
    rest = [p for p in model.parameters() if p.ndim <= 1]
    return torch.optim.AdamW([dict(params=kernels, weight_decay=weight_decay), dict(params=rest, weight_decay=0.0)], lr=1e-3)


def step(model, average, opt, loss, rate, clip):
    for group in opt.param_groups:
        group['lr'] = rate
    opt.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
    opt.step()
    average.follow(model)


def device():
    return 'cuda' if torch.cuda.is_available() else 'cpu'
