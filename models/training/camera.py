"""The random camera: looks at a drawn identity from somewhere, in some light, past some leaves, with some lens."""
import torch
import torch.nn.functional as F

from drawing import blobs, chance, colours, per_picture, silhouettes, smooth_noise, undergrowth, uniform


def blur(x, sigma):
    k = max(3, int(4 * sigma) | 1)
    t = torch.arange(k, device=x.device) - k // 2
    w = torch.exp(-t * t / (2.0 * sigma * sigma))
    w = (w / w.sum()).to(x.dtype)
    c, r = x.shape[1], k // 2
    x = F.conv2d(F.pad(x, (r, r, 0, 0), mode='reflect'), w.view(1, 1, 1, k).expand(c, 1, 1, k), groups=c)
    return F.conv2d(F.pad(x, (0, 0, r, r), mode='reflect'), w.view(1, 1, k, 1).expand(c, 1, k, 1), groups=c)


def light(x, strength=1.0):
    """Exposure, shade, colour cast, infra-red grey, contrast, gamma, a soft lens or few pixels, noise. x: [n, 3, size, size]."""
    n, dev, size, s = len(x), x.device, x.shape[2], strength
    normal = lambda *shape: torch.randn(*shape, device=dev)
    x = x * torch.exp(s * (0.3 * normal(n, 1, 1, 1) + 0.25 * smooth_noise(n, 1, 3, size, dev)))
    x = x * torch.exp(s * 0.12 * normal(n, 3, 1, 1))
    grey = x.mean(1, True)
    x = grey + (x - grey) * per_picture(uniform(n, 1 - 0.6 * s, 1 + 0.4 * s, dev)) * (1 - per_picture(chance(n, 0.12 * s, dev)))
    mean = x.mean((1, 2, 3), True)
    x = (mean + (x - mean) * torch.exp(s * 0.25 * normal(n, 1, 1, 1))).clamp(1e-4, 1)
    x = x + (x * x - x) * per_picture(uniform(n, -0.4, 0.4, dev)) * s
    if n >= 10:  # of a batch, a fifth each is soft, softer, has few pixels; a tenth very few
        order = torch.randperm(n, device=dev).split(n // 10)
        for chosen, sigma in ((torch.cat(order[0:2]), 0.7), (torch.cat(order[2:4]), 1.3)):
            x[chosen] = blur(x[chosen], sigma)
        for chosen, shrink in ((torch.cat(order[4:6]), 2), (order[6], 3)):
            x[chosen] = F.interpolate(F.avg_pool2d(x[chosen], shrink), x.shape[2:], mode='bilinear')
    return (x + per_picture(uniform(n, 0, 0.06 * s, dev)) * torch.randn_like(x)).clamp(0, 1)


def look_at(texture, background, strength=1.0, shaped=0.6, pool=None):
    """One picture of each texture, of the background's size.

    strength: how wild the camera is, 0..1. shaped: share (or one per texture) cut to an animal or a blob instead of filling the crop.
    pool: drawn silhouettes and undergrowth (uint8) to choose from, when drawing new ones would take too long.
    """
    n, dev, size, s = len(texture), texture.device, background.shape[2], strength
    seen = F.grid_sample(torch.cat([texture, cut(texture, shaped, pool)], 1), rays(n, size, s, dev), mode='bilinear', padding_mode='zeros', align_corners=False)
    alpha = seen[:, 3:]
    picture = seen[:, :3] * torch.exp(s * 0.25 * smooth_noise(n, 1, 3, size, dev)) * alpha + background * (1 - alpha)
    front = in_front(n, size, s, dev, pool)
    picture = picture * (1 - front) + front * colours(n, dev).view(n, 3, 1, 1)
    return light(picture.clamp(0, 1), s)


def cut(texture, shaped, pool):
    n, size, dev = len(texture), texture.shape[2], texture.device
    dice = torch.rand(n, device=dev)
    mask = torch.ones(n, 1, size, size, device=dev)
    animals = (dice < shaped * 0.6).nonzero()[:, 0]
    rounds = ((dice >= shaped * 0.6) & (dice < shaped)).nonzero()[:, 0]
    if len(animals):
        mask[animals] = silhouettes(len(animals), size, dev) if pool is None else draw_from(pool['silhouettes'], len(animals), dev)
    if len(rounds):
        r = lambda low, high: uniform(len(rounds), low, high, dev)
        mask[rounds] = blobs(size, r(0.45, 0.55), r(0.45, 0.55), r(0.38, 0.6), r(0.3, 0.6), r(-0.2, 0.2), r(2, 6) > 3.5)
    return mask


def draw_from(pool, n, dev):
    return pool[torch.randint(0, len(pool), (n,))].to(dev).float() / 255


def rays(n, size, s, dev):
    """Where each pixel looks: turned, scaled, sheared, in perspective, around a barrel, bent."""
    r = lambda low, high: uniform(n, low, high, dev)
    t = torch.linspace(-1, 1, size, device=dev)
    xy = torch.stack(torch.meshgrid(t, t, indexing='xy'), -1).view(1, -1, 2)
    angle = s * torch.where(torch.rand(n, device=dev) < 0.8, r(-0.2, 0.2), r(-0.6, 0.6))
    scale, aspect = torch.exp(s * r(-0.35, 0.3)), torch.exp(s * r(-0.22, 0.22))
    c, sn = torch.cos(angle), torch.sin(angle)
    turn = torch.stack([torch.stack([c * scale * aspect, -sn * scale], 1), torch.stack([sn * scale, c * scale / aspect], 1)], 1)
    turn = turn + s * 0.08 * torch.randn(n, 2, 2, device=dev)
    depth = 1 + (xy * (s * uniform(n * 2, -0.22, 0.22, dev)).view(n, 1, 2)).sum(-1, keepdim=True)
    p = (xy @ turn.transpose(1, 2) + s * uniform(n * 2, -0.22, 0.22, dev).view(n, 1, 2)) / depth
    barrel = (chance(n, 0.35, dev) * s).view(n, 1, 1)
    x = p[..., :1]
    x = x * (1 - barrel) + barrel * (torch.asin((x * 0.75).clamp(-0.98, 0.98)) * 1.1 + r(-0.25, 0.25).view(n, 1, 1))
    p = torch.cat([x, p[..., 1:]], -1).view(n, size, size, 2)
    return p + smooth_noise(n, 2, 5, size, dev).permute(0, 2, 3, 1) * (s * r(0, 0.055)).view(n, 1, 1, 1)


def in_front(n, size, s, dev, pool):
    """What hides a part: vegetation, and now and then something with straight edges."""
    r = lambda low, high: uniform(n, low, high, dev)
    mask = torch.zeros(n, 1, size, size, device=dev)
    grown = (torch.rand(n, device=dev) < 0.45 * s).nonzero()[:, 0]
    if len(grown):
        leaves = undergrowth(len(grown), 64, dev) if pool is None else draw_from(pool['undergrowth'], len(grown), dev)
        mask[grown] = F.interpolate(leaves, (size, size), mode='bilinear')
    thing = blobs(size, r(0, 1), r(0, 1), r(0.05, 0.25), r(0.05, 0.3), r(-0.5, 0.5), r(0, 1) >= 0)
    return torch.maximum(mask, thing * per_picture(chance(n, 0.3 * s, dev)))
