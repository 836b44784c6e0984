"""Draws identities from random numbers: animal coats, painted objects, silhouettes, and what stands in front of them.

Everything is batched torch code on CPU or GPU, with pictures as [n, channels, size, size] of 0..1. No data set is read.
"""
import math

import torch
import torch.nn.functional as F


def uniform(n, low, high, dev):
    return torch.rand(n, device=dev) * (high - low) + low


def chance(n, p, dev):
    """1.0 with probability p, else 0.0."""
    return (torch.rand(n, device=dev) < p).float()


def per_picture(x):
    """[n] -> [n, 1, 1, 1]"""
    return x.view(-1, 1, 1, 1)


def smooth_noise(n, channels, knots, size, dev):
    """Low-frequency noise of about unit variance."""
    x = F.interpolate(torch.randn(n, channels, knots, knots, device=dev), (24, 24), mode='bicubic', align_corners=True)
    return F.interpolate(x, (size, size), mode='bilinear', align_corners=True)


def pattern(frequency, bandwidth, angle, directed, bias, gain, size, rounds=2):
    """Band-pass noise, bent by a saturating curve a few times (as a reaction-diffusion does): spots, stripes, labyrinths.

    All but size and rounds are [n]: waves across the picture, their relative spread, main direction (radians), how strictly it is
    kept, the share of dark, the hardness of edges.
    """
    n, dev = len(frequency), frequency.device
    fy = torch.fft.fftfreq(size, 1 / size, device=dev).view(1, size, 1)
    fx = torch.fft.rfftfreq(size, 1 / size, device=dev).view(1, 1, -1)
    radius, phase = torch.sqrt(fx * fx + fy * fy), torch.atan2(fy, fx + 1e-6)
    f, b, a, d = (x.view(-1, 1, 1) for x in (frequency, bandwidth, angle, directed))
    kernel = torch.exp(-0.5 * ((radius - f) / (b * f)) ** 2) * torch.exp(d * (torch.cos(phase - a) ** 2 - 1))
    g = torch.randn(n, size, size, device=dev)
    for i in range(rounds + 1):
        g = torch.fft.irfft2(torch.fft.rfft2(g) * kernel, s=(size, size))
        g = (g - g.mean((1, 2), True)) / (g.std((1, 2), keepdim=True) + 1e-6)
        if i < rounds:
            g = torch.tanh(gain.view(-1, 1, 1) * (g + bias.view(-1, 1, 1)))
    return g[:, None]


def reticulation(n, size, dev, cells=56):
    """A giraffe's net: how far it is to the border between random cells (unit spread)."""
    p = torch.rand(n, cells, 2, device=dev)
    used = torch.arange(cells, device=dev)[None] < torch.randint(14, cells, (n, 1), device=dev)
    p = torch.where(used[..., None], p, torch.full_like(p, 9.0))
    half = size // 2
    t = torch.linspace(0, 1, half, device=dev)
    xy = torch.stack(torch.meshgrid(t, t, indexing='ij'), -1).view(1, -1, 2).expand(n, -1, -1)
    near = torch.cdist(xy, p).topk(2, dim=2, largest=False).values
    edge = (near[..., 1] - near[..., 0]).view(n, 1, half, half)
    return F.interpolate(edge / edge.std((2, 3), keepdim=True), (size, size), mode='bilinear')


def colours(n, dev):
    """[n, 3]: three in four like fur, the rest anything."""
    light = uniform(n, 0.05, 0.95, dev)
    fur = torch.stack([light, light * uniform(n, 0.6, 1.0, dev), light * uniform(n, 0.3, 0.95, dev)], 1)
    return torch.where(torch.rand(n, 1, device=dev) < 0.75, fur, torch.rand(n, 3, device=dev))


STRIPES, SPOTS, ROSETTES, LABYRINTH, PATCHES, NET, PLAIN = range(7)


def coats(species, individuals, size, dev):
    """species * individuals coats. Those of one species share colours and statistics: only the layout tells them apart."""
    n = species * individuals
    each = lambda x: x.repeat_interleave(individuals, 0)
    kind = torch.randint(0, 7, (species,), device=dev)
    of = lambda *kinds: sum(kind == k for k in kinds).bool()
    spread = lambda low, high: uniform(species, low, high, dev)

    frequency = torch.where(of(PATCHES), spread(1.2, 3.5), torch.where(of(STRIPES), spread(3, 11), spread(3.5, 14)))
    directed = torch.where(of(STRIPES), spread(1.5, 9), spread(0, 0.6))
    angle = torch.where(torch.rand(species, device=dev) < 0.6, spread(-0.4, 0.4), spread(0, math.pi))
    bias = torch.where(of(SPOTS, PLAIN), spread(0.5, 1.0) * torch.sign(spread(-1, 1)), spread(-0.25, 0.25))
    bandwidth = torch.where(of(PATCHES), spread(0.4, 0.7), spread(0.12, 0.4))
    g = pattern(each(frequency), each(bandwidth), each(angle) + uniform(n, -0.15, 0.15, dev), each(directed), each(bias), each(spread(1, 3)), size)

    nets = (each(kind) == NET).nonzero()[:, 0]
    if len(nets):
        g[nets] = reticulation(len(nets), size, dev) - 0.7
    rings = per_picture(each(spread(0.5, 1.0))) - (g - per_picture(each(spread(0.3, 1.0)))).abs() * 1.6
    g = torch.where(per_picture((each(kind) == ROSETTES).float()) > 0, rings, g)
    g = bend(g, each(spread(0, 0.09)))

    uneven = 0.35 * smooth_noise(n, 1, 3, size, dev) * per_picture(each(chance(species, 0.5, dev)))
    hard = per_picture(each(torch.exp(spread(0.8, 3.2))))
    mark = torch.sigmoid(hard * (g + per_picture(each(spread(-0.3, 0.3))) + uneven))
    mark = mark * per_picture(each(torch.where(of(PLAIN), spread(0.1, 0.45), spread(0.5, 1.0))))
    tone = lambda c: (each(c) + 0.03 * torch.randn(n, 3, device=dev)).clamp(0, 1).view(n, 3, 1, 1)
    ground, dark, belly, blot = (tone(colours(species, dev)) for _ in range(4))
    coat = ground * (1 - mark) + dark * mark

    y = torch.linspace(0, 1, size, device=dev).view(1, 1, size, 1)
    below = torch.sigmoid((y - per_picture(each(spread(0.6, 1.3)))) * 12 + 0.6 * smooth_noise(n, 1, 4, size, dev))
    coat = coat * (1 - below) + belly * below
    # Scars, blotches, freckles: what one animal has and its sisters have not.
    rare = pattern(each(spread(4, 18)), each(spread(0.2, 0.5)), uniform(n, 0, 3.14, dev), each(spread(0, 3)), uniform(n, 0, 1, dev), uniform(n, 1, 2, dev), size, 1)
    scar = 0.8 * torch.sigmoid(8 * (rare - per_picture(uniform(n, 1.3, 2.6, dev)))) * per_picture(chance(n, 0.6, dev))
    coat = coat * (1 - scar) + scar * blot
    hair = F.interpolate(torch.randn(n, 1, size, size // 2, device=dev), (size, size), mode='bilinear') * per_picture(each(spread(0, 0.06)))
    return (coat * (1 + 0.12 * smooth_noise(n, 1, 6, size, dev)) + hair).clamp(0, 1)


def bend(g, strength):
    """Shifts a pattern about, as a body under it does."""
    n, size, dev = len(g), g.shape[2], g.device
    t = torch.linspace(-1, 1, size, device=dev)
    straight = torch.stack(torch.meshgrid(t, t, indexing='xy'), -1)[None]
    shift = smooth_noise(n, 2, 5, size, dev).permute(0, 2, 3, 1) * strength.view(-1, 1, 1, 1)
    return F.grid_sample(g, straight + shift, mode='bilinear', padding_mode='reflection', align_corners=True)


def blobs(size, x, y, rx, ry, angle, boxy):
    """One soft ellipse (or, where boxy is true, rounded rectangle) per picture, [n, 1, size, size]. Lengths are shares of the picture."""
    t = torch.linspace(0, 1, size, device=x.device)
    dx, dy = t.view(1, 1, 1, size) - per_picture(x), t.view(1, 1, size, 1) - per_picture(y)
    c, s = per_picture(torch.cos(angle)), per_picture(torch.sin(angle))
    u, v = ((c * dx + s * dy) / per_picture(rx)) ** 2, ((c * dy - s * dx) / per_picture(ry)) ** 2
    return torch.sigmoid(18 * (1 - torch.where(per_picture(boxy.float()) > 0, u ** 3 + v ** 3, u + v)))


def objects(n, size, dev, parts=11):
    """Painted things and vehicles: panels, windows, wheels, a two-tone code patch."""
    picture = coats(n, 1, size, dev) * 0.15 + colours(n, dev).view(n, 3, 1, 1) * 0.85
    r = lambda low, high: uniform(n, low, high, dev)
    for i in range(parts):
        wide, high = (r(0.2, 0.6), r(0.15, 0.4)) if i < 2 else (r(0.03, 0.22), r(0.03, 0.2))
        part = blobs(size, r(0.1, 0.9), r(0.1, 0.9), wide, high, r(-0.3, 0.3), chance(n, 0.6, dev) > 0) * per_picture(chance(n, 0.8, dev))
        picture = picture * (1 - part) + part * colours(n, dev).view(n, 3, 1, 1)
    code = F.interpolate(chance((n, 1, 5, 10), 0.5, dev), (size, size), mode='nearest')
    code = code * colours(n, dev).view(n, 3, 1, 1) + (1 - code) * colours(n, dev).view(n, 3, 1, 1)
    part = blobs(size, r(0.2, 0.8), r(0.2, 0.8), r(0.1, 0.3), r(0.05, 0.2), r(-0.2, 0.2), r(0, 1) >= 0) * per_picture(chance(n, 0.6, dev))
    return (picture * (1 - part) + code * part).clamp(0, 1)


def silhouettes(n, size, dev):
    """Animals from the side in some pose: body, neck and head, four legs, tail."""
    r = lambda low, high: uniform(n, low, high, dev)
    round_ = torch.zeros(n, dtype=torch.bool, device=dev)
    x, y, rx, ry, side = r(0.44, 0.56), r(0.40, 0.5), r(0.26, 0.36), r(0.14, 0.24), torch.sign(r(-1, 1))
    head_x, head_y = x + side * rx * r(1.0, 1.25), y - ry * r(-0.1, 1.3)
    parts = [blobs(size, x, y, rx, ry, r(-0.12, 0.12), round_),
             blobs(size, head_x, head_y, r(0.08, 0.13), r(0.07, 0.11), r(-0.5, 0.5), round_),
             blobs(size, (head_x + x + side * rx * 0.6) / 2, (head_y + y) / 2, r(0.07, 0.14), r(0.06, 0.1), r(-0.6, 0.6), round_),
             blobs(size, x - side * rx * 1.15, y + r(-0.1, 0.1), r(0.08, 0.16), r(0.015, 0.03), r(-1, 1), round_)]
    for leg in (-0.8, -0.5, 0.5, 0.8):
        parts.append(blobs(size, x + rx * leg, y + ry + r(0.02, 0.12), r(0.025, 0.05), r(0.12, 0.26), r(-0.3, 0.3), round_))
    return torch.stack(parts).amax(0)


def undergrowth(n, size, dev):
    """Grass and branches, as a mask."""
    r = lambda low, high: uniform(n, low, high, dev)
    g = pattern(r(2, 9), r(0.2, 0.5), r(-0.5, 0.5), r(0, 8), r(0, 1), r(1, 2), size, 0)
    return torch.sigmoid(14 * (g - per_picture(r(1.2, 3.2))))
