"""Learns to steer the simulated track from what drive_track.ts kept.

usage: python train_track.py SET RUN_FOLDER [--seconds 900] [--threads 1]
SET holds frames.rgb (96 x 160 x 3 each) and labels.json. Output: direction, a softmax over eleven directions whose mean is the angle.
"""
import argparse
import json
import os

import numpy as np
import torch
import torch.nn.functional as F

from export import to_onnx
from network import Steer, parameters
from schedule import Average, Clock, device, optimiser, step

DIRECTIONS = torch.linspace(-1, 1, 11)


class TrackSteer(Steer):
    """The steering network with finer directions and no word on speed."""

    def __init__(self):
        super().__init__()
        self.direction = torch.nn.Linear(64, len(DIRECTIONS))
        del self.speed

    def logits(self, x):
        return self.direction(F.relu(self.hidden(self.dropout(self.body(self.normalise(x)).flatten(1)))))

    def forward(self, x):
        return torch.softmax(self.logits(x), 1)


def between_two(angle):
    """The angle as shares of its two nearest directions."""
    at = (angle.clamp(-1, 1) + 1) * (len(DIRECTIONS) - 1) / 2
    low = at.floor().clamp(max=len(DIRECTIONS) - 2)
    share = (at - low)[:, None]
    low = low.long()
    return F.one_hot(low, len(DIRECTIONS)) * (1 - share) + F.one_hot(low + 1, len(DIRECTIONS)) * share


def elsewhere(frames, angle):
    """Mirrored, and in other light. Not moved: where the road lies in the picture is what has to be learnt."""
    n = len(frames)
    mirrored = torch.rand(n) < 0.5
    x = torch.where(mirrored.view(-1, 1, 1, 1), frames.flip(3), frames)
    x = x * torch.exp(0.25 * torch.randn(n, 1, 1, 1) + 0.08 * torch.randn(n, 3, 1, 1)) + 0.1 * torch.randn(n, 1, 1, 1)
    return (x + 0.02 * torch.randn_like(x)).clamp(0, 1), torch.where(mirrored, -angle, angle)


def fit(frames, angle, seconds, seed):
    torch.manual_seed(seed)
    model = TrackSteer().to(device()).train()
    average, opt, clock, steps = Average(model), optimiser(model, 0.02), Clock(seconds), 0
    # Straight stretches are most of a track; bends are where it is decided.
    weights = 0.3 + angle.abs().clamp(max=0.7)
    while clock.progress() < 1:
        i = torch.multinomial(weights, 64, replacement=True)
        x, wanted = elsewhere(frames[i].float() / 255, angle[i])
        logits = model.logits(x.to(device()))
        said = (torch.softmax(logits, 1) * DIRECTIONS.to(device())).sum(1)
        wanted = wanted.to(device())
        loss = -(between_two(wanted) * F.log_softmax(logits, 1)).sum(1).mean() + 3 * F.smooth_l1_loss(said, wanted, beta=0.1)
        step(model, average, opt, loss, clock.rate(1.5e-3), 5)
        steps += 1
        if steps % 200 == 0:
            print(steps, round(clock.elapsed()), round(loss.item(), 4), flush=True)
    return average.model, steps


@torch.no_grad()
def judge(model, frames, angle):
    said = torch.cat([(model(part.float().to(device()) / 255) * DIRECTIONS.to(device())).sum(1).cpu() for part in frames.split(256)])
    return dict(frames=len(frames), angle_error=round((said - angle).abs().mean().item(), 4), always_straight=round(angle.abs().mean().item(), 4))


def main():
    args = argparse.ArgumentParser()
    args.add_argument('set'), args.add_argument('run')
    args.add_argument('--seconds', type=float, default=900), args.add_argument('--threads', type=int, default=0)
    a = args.parse_args()
    if a.threads:
        torch.set_num_threads(a.threads)
    os.makedirs(a.run, exist_ok=True)
    labels = json.load(open(f'{a.set}/labels.json'))['labels']
    frames = torch.from_numpy(np.fromfile(f'{a.set}/frames.rgb', np.uint8).reshape(len(labels), 96, 160, 3)).permute(0, 3, 1, 2).contiguous()
    angle = torch.tensor([each['steering'] for each in labels], dtype=torch.float32)
    seeds = torch.tensor([each['seed'] for each in labels])
    held = seeds > seeds.max() - max(1, len(set(seeds.tolist())) // 10)  # the last tenth of the tracks is not shown
    model, steps = fit(frames[~held], angle[~held], a.seconds, 1)
    check = judge(model, frames[held], angle[held])
    print('on tracks not shown:', check, flush=True)
    to_onnx(model, f'{a.run}/track.onnx', torch.rand(1, 3, 96, 160), ['image'], ['direction'])
    json.dump(dict(arguments=vars(a), parameters=parameters(model), steps=steps, validation=check, seeds=[int(seeds.min()), int(seeds.max())]), open(f'{a.run}/track.json', 'w'), indent=1)


if __name__ == '__main__':
    main()
