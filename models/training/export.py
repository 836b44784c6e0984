"""A model to ONNX and back: the exported file is the checkpoint, too."""
import copy

import onnx
import torch
import torch.nn as nn
from onnx import numpy_helper


def to_onnx(model, path, example, inputs, outputs, dynamic=None):
    """Writes the model in evaluation mode (batch norms folded into their convolutions); returns it on the CPU."""
    model = copy.deepcopy(model).eval().float().cpu()
    options = dict(input_names=inputs, output_names=outputs, opset_version=17, dynamic_axes=dynamic, do_constant_folding=True)
    if int(torch.__version__.split('.')[0]) >= 2:
        options['dynamo'] = False
    torch.onnx.export(model, (example,), path, **options)
    return model


@torch.no_grad()
def start_from(model, path, pictures):
    """Starts a model from an exported one of the same build: convolutions are matched in the order they run.

    Export folded every norm into its convolution. Here each gets statistics again, those of `pictures` (a batch as the training
    will see them), scaled so that the model still computes the same. Where sizes differ (another number of classes), the
    outputs they share are taken over. Returns how many convolutions were taken over whole, and how many in part.
    """
    graph = onnx.load(path).graph
    arrays = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in graph.initializer}
    known = lambda kinds: [[arrays[n] for n in node.input if n in arrays] for node in graph.node if node.op_type in kinds]
    whole = part = 0
    norms = {id(m.conv): m.norm for m in model.modules() if hasattr(m, 'conv') and hasattr(m, 'norm')}
    for conv, (weight, bias) in paired(in_order(model, nn.Conv2d, pictures), known(('Conv',)), path):
        n = min(len(weight), len(conv.weight))
        whole, part = whole + (weight.shape == conv.weight.shape), part + (weight.shape != conv.weight.shape)
        conv.weight[:n] = weight[:n]
        norm = norms.get(id(conv))
        if norm is None:
            conv.bias[:n] = bias[:n]
        else:
            norm.running_mean.zero_(), norm.running_var.fill_(1 - norm.eps), norm.weight.fill_(1), norm.bias.copy_(bias)
    for linear, (weight, *bias) in paired(in_order(model, nn.Linear, pictures), known(('Gemm', 'MatMul')), path):
        linear.weight.copy_(weight if weight.shape == linear.weight.shape else weight.T)
        if bias:
            linear.bias.copy_(bias[0])
    for norm, theirs in paired(in_order(model, nn.BatchNorm1d, pictures), known(('BatchNormalization',)), path):
        for mine, array in zip((norm.weight, norm.bias, norm.running_mean, norm.running_var), theirs):
            mine.copy_(array)
    refresh(model, list(norms.values()), pictures)
    return whole, part


def paired(modules, nodes, path):
    assert len(modules) == len(nodes), f'expected {len(modules)} layers of a kind in {path}, got {len(nodes)}'
    return zip(modules, nodes)


def in_order(model, kind, example):
    """The modules of a kind in the order they run."""
    order = []
    hooks = [m.register_forward_hook(lambda m, i, o: order.append(m)) for m in model.modules() if isinstance(m, kind)]
    model.eval()(example)
    for hook in hooks:
        hook.remove()
    model.train()
    return order


def refresh(model, norms, pictures):
    """Gives identity norms the statistics of what passes through them, without changing what they compute."""
    seen = {}
    hooks = [n.register_forward_hook(lambda m, i, o: seen.__setitem__(m, (i[0].mean((0, 2, 3)), i[0].var((0, 2, 3))))) for n in norms]
    model.eval()(pictures)
    for hook in hooks:
        hook.remove()
    for norm, (mean, var) in seen.items():
        norm.bias += mean
        norm.weight.copy_((var + norm.eps).sqrt())
        norm.running_mean.copy_(mean), norm.running_var.copy_(var)
    model.train()
