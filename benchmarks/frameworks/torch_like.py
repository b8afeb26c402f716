"""PyTorch: eager and compiled, in both memory orders."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from workloads import OPTIMIZERS, Workload, data

from frameworks import Predictor, Trainer
from frameworks.torch_layers import build

CRITERIA: dict[str, Callable[[], nn.Module]] = {
    "classes": nn.CrossEntropyLoss,
    "yes or no": nn.BCEWithLogitsLoss,
    "number": nn.MSELoss,
    "mask": nn.BCEWithLogitsLoss,
}


def _memory_format(workload: Workload, channels_last: bool) -> torch.memory_format:
    if not channels_last or len(workload.input_shape) == 2:  # PyTorch knows no such order in one dimension
        return torch.contiguous_format
    return torch.channels_last if len(workload.input_shape) == 3 else torch.channels_last_3d


def _channels_first(x: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, -1, 1)))


def make_trainer(workload: Workload, threads: int, channels_last: bool, compiled: bool, bfloat16: bool) -> Trainer:
    """The usual loop: zero the gradients, forward (in bfloat16 by `autocast`), loss, backward, step."""
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    order = _memory_format(workload, channels_last)
    x, y = data(workload, workload.batch * workload.steps)
    inputs = _channels_first(x).contiguous(memory_format=order)
    targets = _channels_first(y) if workload.target == "mask" else torch.from_numpy(y)
    network = build(workload, logits=True).to(memory_format=order)
    run = torch.compile(network) if compiled else network
    optimizer, criterion = _optimizer(workload, network), CRITERIA[workload.target]()

    def train() -> float:
        losses = []
        for start in range(0, len(inputs), workload.batch):
            part = slice(start, start + workload.batch)
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
                loss = criterion(run(inputs[part]), targets[part])
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        return float(torch.stack(losses).mean())

    return train


def _optimizer(workload: Workload, network: nn.Module) -> torch.optim.Optimizer:
    arguments = OPTIMIZERS[workload.optimizer]
    rate, weights = arguments["learning_rate"], list(network.parameters())
    if workload.optimizer == "sgd":
        return torch.optim.SGD(weights, rate, arguments["momentum"], fused=True)
    if workload.optimizer == "adam":
        return torch.optim.Adam(weights, rate, eps=1e-7, fused=True)
    return torch.optim.Adadelta(weights, rate, rho=0.95, eps=1e-7, foreach=True)


def make_predictor(workload: Workload, batch: int, threads: int, channels_last: bool, compiled: bool) -> Predictor:
    """`inference_mode`; compiled with frozen weights (TORCHINDUCTOR_FREEZING=1)."""
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    order = _memory_format(workload, channels_last)
    network = build(workload, logits=False).to(memory_format=order).eval()
    run = torch.compile(network) if compiled else network

    def predict(x: np.ndarray) -> np.ndarray:
        # a view, where channels come last, as in a photograph that was loaded
        with torch.inference_mode():
            return run(torch.from_numpy(x).movedim(-1, 1).contiguous(memory_format=order)).numpy()

    return predict
