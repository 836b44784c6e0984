"""The three networks: a detector, an embedder, a steering head. All are built of one residual convolution block."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    """Convolution, batch norm, ReLU; adds its input first when asked to (sizes must agree)."""

    def __init__(self, inputs, outputs, kernel=3, stride=1, residual=False):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.residual = residual

    def forward(self, x):
        y = self.norm(self.conv(x))
        return F.relu(y + x if self.residual else y)


def stage(inputs, outputs, blocks):
    """Halves the picture, then refines it with residual blocks."""
    return nn.Sequential(Block(inputs, outputs, stride=2), *[Block(outputs, outputs, residual=True) for _ in range(blocks)])


class Normalise(nn.Module):
    """Takes RGB of 0..1, so that whoever runs the exported graph only divides by 255."""

    def __init__(self):
        super().__init__()
        self.register_buffer('mean', torch.tensor([0.45, 0.45, 0.42]).view(1, 3, 1, 1))
        self.register_buffer('gain', torch.full((1, 3, 1, 1), 4.0))

    def forward(self, x):
        return (x - self.mean) * self.gain


class Detector(nn.Module):
    """Anchor-free, two levels (stride 16 and 32). Output as YOLOv8 exports it: [n, 4 + classes, cells], cx cy w h in pixels, then scores."""

    def __init__(self, width=320, height=320, classes=1, channels=(16, 32, 48, 96, 144), neck=64):
        super().__init__()
        self.normalise = Normalise()
        c = channels
        self.level3 = nn.Sequential(Block(3, c[0], stride=2), stage(c[0], c[1], 0), stage(c[1], c[2], 1))
        self.level4, self.level5 = stage(c[2], c[3], 2), stage(c[3], c[4], 1)
        self.from4, self.from5, self.from3 = Block(c[3], neck, 1), Block(c[4], neck, 1), Block(c[2], neck, 3, 2)
        self.mix4, self.down = Block(neck, neck, residual=True), Block(neck, neck, 3, 2)
        head = lambda out: nn.ModuleList(nn.Sequential(Block(neck, neck, residual=True), nn.Conv2d(neck, out, 1)) for _ in range(2))
        self.score_heads, self.side_heads = head(classes), head(4)
        for h in self.score_heads:
            nn.init.constant_(h[-1].bias, -4.0)  # nearly every cell is empty: begin by believing so
        points, strides = [], []
        for s in (16, 32):
            y, x = torch.meshgrid((torch.arange(height // s) + 0.5) * s, (torch.arange(width // s) + 0.5) * s, indexing='ij')
            points.append(torch.stack([x.flatten(), y.flatten()]))
            strides.append(torch.full((1, x.numel()), float(s)))
        self.register_buffer('points', torch.cat(points, 1)[None])
        self.register_buffer('strides', torch.cat(strides, 1)[None])

    def raw(self, x):
        """-> class logits [n, classes, cells], edges [n, 4, cells] as left top right bottom."""
        f3 = self.level3(self.normalise(x))
        f4 = self.level4(f3)
        f5 = self.from5(self.level5(f4))
        f4 = self.mix4(self.from4(f4) + self.from3(f3) + F.interpolate(f5, scale_factor=2.0, mode='nearest'))
        levels = (f4, f5 + self.down(f4))
        logits = torch.cat([h(f).flatten(2) for h, f in zip(self.score_heads, levels)], 2)
        sides = torch.cat([h(f).flatten(2) for h, f in zip(self.side_heads, levels)], 2)
        sides = F.softplus(sides) * 2 * self.strides
        return logits, torch.cat([self.points - sides[:, :2], self.points + sides[:, 2:]], 1)

    def forward(self, x):
        logits, e = self.raw(x)
        return torch.cat([(e[:, :2] + e[:, 2:]) / 2, e[:, 2:] - e[:, :2], torch.sigmoid(logits)], 1)


class Embedder(nn.Module):
    """A crop of 128 x 128 -> a unit vector: what is there (pooled) and where it is (a small map)."""

    def __init__(self, channels=(12, 24, 56, 128), size=128, spatial=True):
        super().__init__()
        c = channels
        self.normalise = Normalise()
        self.body = nn.Sequential(Block(3, c[0], stride=2), stage(c[0], c[1], 1), stage(c[1], c[2], 1), stage(c[2], c[3], 2), Block(c[3], 192, 1))
        self.map = Block(192, 16, 1) if spatial else None
        self.out = nn.Linear(384 + (1024 if spatial else 0), size, bias=False)
        self.norm = nn.BatchNorm1d(size)

    def forward(self, x):
        f = self.body(self.normalise(x))
        parts = [f.mean((2, 3)), f.amax((2, 3))] + ([self.map(f).flatten(1)] if self.map is not None else [])
        e = self.norm(self.out(torch.cat(parts, 1)))
        return e / (e * e).sum(1, keepdim=True).clamp_min(1e-12).sqrt()


class Steer(nn.Module):
    """A frame of 160 x 96 -> softmax over five directions (-1 -0.5 0 0.5 1) and over slower / faster."""

    def __init__(self):
        super().__init__()
        self.normalise = Normalise()
        self.body = nn.Sequential(Block(3, 16, stride=2), Block(16, 24, stride=2), Block(24, 40, stride=2), Block(40, 40, residual=True),
                                  Block(40, 64, stride=2), Block(64, 64, residual=True), Block(64, 24, 1))
        self.dropout = nn.Dropout(0.3)
        self.hidden = nn.Linear(24 * 6 * 10, 64)
        self.direction, self.speed = nn.Linear(64, 5), nn.Linear(64, 2)

    def logits(self, x):
        h = F.relu(self.hidden(self.dropout(self.body(self.normalise(x)).flatten(1))))
        return self.direction(h), self.speed(h)

    def forward(self, x):
        direction, speed = self.logits(x)
        return torch.softmax(direction, 1), torch.softmax(speed, 1)


def parameters(model):
    return sum(p.numel() for p in model.parameters())
