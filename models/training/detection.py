"""How a detector learns: which cells answer for which box, and what a wrong answer costs."""
import torch
import torch.nn.functional as F

from boxes import overlap


@torch.no_grad()
def assign(model, logits, edges, boxes, kinds, most=8):
    """Task-aligned: a box belongs to the cells inside it that already do best at class and place together.

    boxes [n, m, 4], of which those without width count for nothing; kinds [n, m]. -> target scores [n, classes, cells], target
    edges [n, cells, 4], which cells answer [n, cells].
    """
    real = boxes[..., 2] > boxes[..., 0]
    points = model.points[0].T
    margin = torch.cat([points[None, None] - boxes[:, :, None, :2], boxes[:, :, None, 2:] - points[None, None]], -1).amin(-1)
    iou = overlap(boxes[:, :, None], edges[:, None])
    own_class = logits.sigmoid().gather(1, kinds[..., None].expand(-1, -1, logits.shape[2]))
    merit = (own_class.sqrt() * iou.pow(4) + 1e-9) * (margin > 0.1) * real[..., None]
    merit = merit * (merit >= merit.topk(most, 2).values[..., -1:].clamp_min(1e-12))
    best, owner = merit.max(1)  # a cell answers for one box only
    taken = best > 0
    own = F.one_hot(owner, boxes.shape[1]).transpose(1, 2).bool() & (merit > 0) & taken[:, None]
    peak = (merit * own).amax(2, keepdim=True).clamp_min(1e-12)
    score = (merit * own / peak * (iou * own).amax(2, keepdim=True)).amax(1)
    kind = kinds.gather(1, owner)
    target = torch.zeros_like(logits).scatter_(1, kind[:, None], score[:, None])
    return target, boxes.gather(1, owner[..., None].expand(-1, -1, 4)), taken


def loss(model, pictures, boxes, kinds):
    """-> what to minimise, its part for classes, its part for places."""
    logits, edges = model.raw(pictures)
    edges = edges.transpose(1, 2)
    target, goal, taken = assign(model, logits, edges, boxes, kinds)
    weight = target.amax(1)
    total = weight.sum().clamp_min(1)
    sure = logits.detach().sigmoid()
    # The many empty cells count by how wrong they are, or they would drown the few full ones.
    focus = torch.where(target > 0, torch.ones_like(sure), 0.75 * sure.pow(1.5) + 0.05)
    classes = (F.binary_cross_entropy_with_logits(logits, target, reduction='none') * focus).sum() / total
    places = ((1 - overlap(edges[taken], goal[taken], complete=True)) * weight[taken].clamp_min(0.05)).sum() / total
    return classes + 3 * places, classes.detach(), places.detach()
