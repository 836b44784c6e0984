"""Trains the embedder: which crops show the same coat, thing, photograph or character.

usage: python train_reid.py PACK RUN_FOLDER --pool 8000                       (once: draws the coats and things)
       python train_reid.py PACK RUN_FOLDER [--name reid] [--seconds 1200] [--init MODEL.onnx] [--walks SET ...] [--threads 1]
Loss: supervised contrastive over a batch in which everybody is seen twice by the random camera of camera.py. --walks adds animals of
simulated reserves, each seen at two moments of its life, from the same side.
"""
import argparse
import json
import os
import random

import numpy as np
import torch
import torch.nn.functional as F

import camera
import drawing
import packed
from export import start_from, to_onnx
from network import Embedder, parameters
from schedule import Average, Clock, device, optimiser, step
from walks import Walks

SIZE, TEXTURE = 128, 144


def as_bytes(x):
    return (x * 255).byte().cpu().numpy()


def draw_pool(folder, n, dev):
    """n coats, four individuals to a species (the ones hard to tell apart), n / 8 things; silhouettes and undergrowth."""
    torch.manual_seed(4242)
    os.makedirs(folder, exist_ok=True)
    create = lambda name, shape: np.lib.format.open_memmap(f'{folder}/{name}.npy', 'w+', np.uint8, shape)
    coats, things = create('coats', (n // 4, 4, 3, TEXTURE, TEXTURE)), create('things', (n // 8, 3, TEXTURE, TEXTURE))
    with torch.no_grad():
        np.save(f'{folder}/silhouettes.npy', as_bytes(drawing.silhouettes(min(n, 1500), TEXTURE, dev)))
        np.save(f'{folder}/undergrowth.npy', as_bytes(drawing.undergrowth(min(n, 1000), 64, dev)))
        for i in range(0, len(coats), 8):
            k = min(8, len(coats) - i)
            coats[i:i + k] = as_bytes(drawing.coats(k, 4, TEXTURE, dev)).reshape(k, 4, 3, TEXTURE, TEXTURE)
        for i in range(0, len(things), 32):
            k = min(32, len(things) - i)
            things[i:i + k] = as_bytes(drawing.objects(k, TEXTURE, dev))


class Identities:
    """Draws batches of identities, each seen `views` times."""

    def __init__(self, pack, split, dev):
        self.dev = dev
        photographs = [p for p, n in packed.photographs(pack) if n['split'] == split]
        if split == 'train':
            photographs += list(packed.drive(pack)[0][::20].permute(0, 2, 3, 1).numpy())
        self.photographs = [torch.from_numpy(p.copy()).permute(2, 0, 1) for p in photographs]
        drawings, names = packed.characters(pack)
        held_out = sorted({n.split('/')[0] for n in names})[-2:]
        self.characters = drawings[[i for i, n in enumerate(names) if (n.split('/')[0] in held_out) == (split == 'val')]]

    def open_pool(self, folder):
        load = lambda name: np.load(f'{folder}/{name}.npy', mmap_mode='r')
        self.coats, self.things = load('coats'), load('things')
        self.pool = {name: torch.from_numpy(np.load(f'{folder}/{name}.npy')) for name in ('silhouettes', 'undergrowth')}

    def cuts(self, n, size):
        """A part of each of n photographs: an identity of its own."""
        out = []
        for p in random.sample(self.photographs, min(n, len(self.photographs))):
            h, w = p.shape[1:]
            share = random.uniform(0.45, 1)
            ch, cw = (max(8, min(side, int(side * share * np.exp(0.15 * random.gauss(0, 1))))) for side in (h, w))
            y, x = random.randint(0, h - ch), random.randint(0, w - cw)
            out.append(F.interpolate(p[None, :, y:y + ch, x:x + cw].float() / 255, (size, size), mode='bilinear', align_corners=False))
        return torch.cat(out).to(self.dev)

    def written(self, n, views):
        """n characters, each time by another hand, in one ink on one paper."""
        i = torch.randperm(len(self.characters))[:n]
        ink, paper = (drawing.colours(len(i), self.dev).view(-1, 3, 1, 1) for _ in range(2))
        for _ in range(views):
            mark = self.characters[i, torch.randint(0, 20, (len(i),))].float()[:, None].to(self.dev) / 255
            mark = F.interpolate(mark, (TEXTURE, TEXTURE), mode='bilinear', align_corners=False)
            yield ink * mark + paper * (1 - mark)

    def textures(self, species, things):
        c = torch.from_numpy(self.coats[np.random.choice(len(self.coats), species, replace=False)]).flatten(0, 1)
        o = torch.from_numpy(self.things[np.random.choice(len(self.things), things, replace=False)])
        x = torch.cat([c, o])
        for axis in (2, 3):  # a mirrored or recoloured drawing is somebody else
            x = x.flip(axis) if random.random() < 0.5 else x
        x = x[:, [2, 1, 0]] if random.random() < 0.3 else x
        return x.to(self.dev).float() / 255

    def batch(self, mix, views, strength):
        """mix: species, things, photographs, characters -> [identities, views, 3, SIZE, SIZE]"""
        species, things, photographs, characters = mix
        still = torch.cat([self.textures(species, things), self.cuts(photographs, TEXTURE)])
        out = []
        for marks in self.written(characters, views):
            x = torch.cat([still, marks])
            shaped = torch.where(torch.arange(len(x), device=self.dev) < species * 4, 0.6, 0.15)
            out.append(camera.look_at(x, self.background(x), strength, shaped, self.pool))
        return torch.stack(out, 1)

    def background(self, textures):
        n, dev = len(textures), self.dev
        pick = lambda x: x[torch.randint(0, len(x), (n,), device=dev)]
        photograph = pick(self.cuts(24, SIZE)).flip(3)
        somebody = F.interpolate(pick(textures), (SIZE, SIZE), mode='bilinear', align_corners=False)
        flat = drawing.colours(n, dev).view(n, 3, 1, 1) * torch.exp(0.2 * drawing.smooth_noise(n, 3, 6, SIZE, dev))
        dice = torch.rand(n, 1, 1, 1, device=dev)
        return torch.where(dice < 0.4, photograph, torch.where(dice < 0.6, somebody, flat))


def contrast(vectors, who, temperature):
    """Each vector should be nearest to the others of its own."""
    n = len(vectors)
    itself = torch.eye(n, dtype=torch.bool, device=vectors.device)
    likeness = (vectors @ vectors.T / temperature).masked_fill(itself, -1e4)
    same = (who[:, None] == who[None]) & ~itself
    odds = likeness - likeness.logsumexp(1, keepdim=True)
    return -((odds * same).sum(1) / same.sum(1).clamp_min(1)).mean()


@torch.no_grad()
def rank1(model, seen):
    """seen [identities, 2, ...]: how often the nearest of the second views is the right one."""
    a, b = (torch.cat([model(x) for x in seen[:, i].split(256)]) for i in range(2))
    return round(((a @ b.T).argmax(1) == torch.arange(len(a), device=a.device)).float().mean().item(), 4)


def held_out(pack, dev):
    """What is never trained on: new coats and things, photographs and alphabets that were kept apart."""
    torch.manual_seed(987654), random.seed(987654)
    source = Identities(pack, 'val', dev)
    see = lambda x: torch.stack([camera.look_at(t, source.cuts(200, SIZE)[torch.randint(0, 12, (len(t),), device=dev)], 0.7, 0.3) for t in x], 1)
    with torch.no_grad():
        cuts = source.cuts(62, TEXTURE)
        return dict(coats=see([drawing.coats(40, 4, TEXTURE, dev)] * 2), things=see([drawing.objects(96, TEXTURE, dev)] * 2), photographs=see([cuts] * 2), characters=see(list(source.written(60, 2))))


def main():
    args = argparse.ArgumentParser()
    args.add_argument('pack'), args.add_argument('run'), args.add_argument('--name', default='reid'), args.add_argument('--seconds', type=float, default=1200)
    args.add_argument('--mix', default='16,10,24,10'), args.add_argument('--strength', type=float, default=0.65), args.add_argument('--rate', type=float, default=2e-3)
    args.add_argument('--temperature', type=float, default=0.07), args.add_argument('--seed', type=int, default=1), args.add_argument('--init')
    args.add_argument('--pool', type=int, default=0), args.add_argument('--walks', nargs='*', default=[]), args.add_argument('--threads', type=int, default=0)
    a = args.parse_args()
    os.makedirs(a.run, exist_ok=True)
    dev = device()
    if a.threads:
        torch.set_num_threads(a.threads)
    if a.pool:
        return draw_pool(f'{a.run}/pool', a.pool, dev)
    sets = held_out(a.pack, dev)
    torch.manual_seed(a.seed), np.random.seed(a.seed), random.seed(a.seed)
    source, walks = Identities(a.pack, 'train', dev), Walks(a.walks, SIZE) if a.walks else None
    source.open_pool(f'{a.run}/pool')
    mix = [int(x) for x in a.mix.split(',')]
    model = Embedder()
    if a.init:
        with torch.no_grad():
            start_from(model, a.init, source.batch(mix, 1, 0.5).flatten(0, 1))
    model = model.to(dev).train()
    average, opt, clock, steps, said, history = Average(model), optimiser(model, 0.03), Clock(a.seconds), 0, 0.0, []
    judge = lambda: {name: rank1(average.model, seen) for name, seen in sets.items()}
    print('before:', judge(), flush=True)
    while clock.progress() < 1:
        if walks is not None and steps % 3:  # two batches of walks to one of drawings
            pictures, who = walks.batch(48, 2)
        else:
            with torch.no_grad():
                seen = source.batch(mix, 2, a.strength * min(1.0, 0.5 + 2.5 * clock.progress()))
            pictures, who = seen.flatten(0, 1), torch.arange(len(seen)).repeat_interleave(2)
        loss = contrast(model(pictures.to(dev)), who.to(dev), a.temperature)
        step(model, average, opt, loss, clock.rate(a.rate), 5.0)
        steps += 1
        if clock.elapsed() - said > 90 or steps == 3:
            said = clock.elapsed()
            history.append(dict(steps=steps, seconds=round(said), loss=round(loss.item(), 3), **judge()))
            print(history[-1], flush=True)
    to_onnx(average.model, f'{a.run}/{a.name}.onnx', torch.rand(2, 3, SIZE, SIZE), ['image'], ['embedding'], {'image': {0: 'n'}, 'embedding': {0: 'n'}})
    json.dump(dict(arguments=vars(a), parameters=parameters(model), steps=steps, validation=judge(), history=history), open(f'{a.run}/{a.name}.json', 'w'), indent=1)
    print('after:', judge(), flush=True)


if __name__ == '__main__':
    main()
