"""Keras's layers as PyTorch modules: the calls of a network are written down, and replayed by one module.

Feature maps are (samples, channels, space...) in PyTorch, so kernels are transposed, and the rows of a dense kernel
that follows `Flatten` are put into PyTorch's order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from workloads import Workload, initial_weight


@dataclass(frozen=True)
class Symbol:
    """The output of a call: its place in the record, and its shape as (channels, space...)."""

    place: int
    shape: tuple[int, ...]
    flattened: tuple[int, ...] = ()  # what shape it had before Flatten


class Replay(nn.Module):
    """A network as the list of its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.ModuleList()
        self.calls: list[list[int]] = []  # the places of each part's inputs; place 0 is the network's input

    def forward(self, x: Tensor) -> Tensor:
        values = [x]
        for part, places in zip(self.parts, self.calls, strict=True):
            values.append(part(*[values[place] for place in places]))
        return values[-1]


class Function(nn.Module):
    """A function as a module."""

    def __init__(self, function: Callable[..., Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *x: Tensor) -> Tensor:
        return self.function(*x)


class TorchLayers:
    """The namespace `layers` that a network is written in.

    Args:
        logits: leave the last softmax or sigmoid to the loss.
    """

    def __init__(self, logits: bool) -> None:
        self.network, self.logits, self.names = Replay(), logits, Counter[str]()

    def _name(self, kind: str) -> str:
        self.names[kind] += 1
        return kind if self.names[kind] == 1 else f"{kind}_{self.names[kind] - 1}"

    def _record(self, part: nn.Module, inputs: list[Symbol], shape: tuple[int, ...]) -> Symbol:
        self.network.parts.append(part)
        self.network.calls.append([symbol.place for symbol in inputs])
        return Symbol(len(self.network.parts), shape)

    def _activated(self, x: Symbol, activation: str | None) -> Symbol:
        parts = {"relu": nn.ReLU, "relu6": nn.ReLU6, "sigmoid": nn.Sigmoid}
        if activation is None or (self.logits and activation in ("softmax", "sigmoid")):
            return x
        part = nn.Softmax(1) if activation == "softmax" else parts[activation]()
        return self._record(part, [x], x.shape)

    def _convolution(
        self, rank: int, name: str, filters: int, size: int, strides: int, padding: str, use_bias: bool, groups: int = 1
    ) -> Callable[[Symbol], Symbol]:
        def call(x: Symbol) -> Symbol:
            same = size // 2 if padding == "same" else 0
            make = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[rank - 1]
            outputs = x.shape[0] if groups < 0 else filters
            part = make(x.shape[0], outputs, size, strides, same, bias=use_bias, groups=x.shape[0] if groups < 0 else 1)
            shape = (size,) * rank + ((outputs, 1) if groups < 0 else (x.shape[0], outputs))
            kernel = initial_weight(name, "kernel", shape)
            order = (rank, rank + 1) if groups < 0 else (rank + 1, rank)
            _set(part.weight, kernel.transpose(*order, *range(rank)))
            if use_bias:
                nn.init.zeros_(part.bias)
            space = ((n + 2 * same - size) // strides + 1 for n in x.shape[1:])
            return self._record(part, [x], (outputs, *space))

        return call

    def _pooling(self, rank: int, size: int, strides: int, padding: str) -> Callable[[Symbol], Symbol]:
        make = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)[rank - 1]
        same = size // 2 if padding == "same" else 0

        def call(x: Symbol) -> Symbol:
            space = ((n + 2 * same - size) // strides + 1 for n in x.shape[1:])
            return self._record(make(size, strides, same), [x], (x.shape[0], *space))

        return call

    def Conv1D(
        self,
        filters: int,
        size: int,
        strides: int = 1,
        padding: str = "valid",
        activation: Any = None,
        use_bias: bool = True,
    ) -> Callable[[Symbol], Symbol]:
        return self._conv(1, filters, size, strides, padding, activation, use_bias)

    def Conv2D(
        self,
        filters: int,
        size: int,
        strides: int = 1,
        padding: str = "valid",
        activation: Any = None,
        use_bias: bool = True,
    ) -> Callable[[Symbol], Symbol]:
        return self._conv(2, filters, size, strides, padding, activation, use_bias)

    def Conv3D(
        self,
        filters: int,
        size: int,
        strides: int = 1,
        padding: str = "valid",
        activation: Any = None,
        use_bias: bool = True,
    ) -> Callable[[Symbol], Symbol]:
        return self._conv(3, filters, size, strides, padding, activation, use_bias)

    def _conv(
        self, rank: int, filters: int, size: int, strides: int, padding: str, activation: Any, use_bias: bool
    ) -> Callable[[Symbol], Symbol]:
        convolve = self._convolution(rank, self._name(f"conv{rank}d"), filters, size, strides, padding, use_bias)
        return lambda x: self._activated(convolve(x), activation)

    def DepthwiseConv2D(
        self, size: int, strides: int = 1, padding: str = "valid", use_bias: bool = True
    ) -> Callable[[Symbol], Symbol]:
        return self._convolution(2, self._name("depthwise_conv2d"), 0, size, strides, padding, use_bias, groups=-1)

    def MaxPooling2D(self, size: int, strides: int = 0, padding: str = "valid") -> Callable[[Symbol], Symbol]:
        return self._pooling(2, size, strides or size, padding)

    def MaxPooling3D(self, size: int, strides: int = 0, padding: str = "valid") -> Callable[[Symbol], Symbol]:
        return self._pooling(3, size, strides or size, padding)

    def BatchNormalization(self) -> Callable[[Symbol], Symbol]:
        # Keras: epsilon 1e-3, momentum 0.99 of the old average; PyTorch's momentum is that of the new value
        return lambda x: self._record(nn.BatchNorm2d(x.shape[0], eps=1e-3, momentum=0.01), [x], x.shape)

    def Activation(self, activation: str) -> Callable[[Symbol], Symbol]:
        return lambda x: self._activated(x, activation)

    def Dropout(self, rate: float) -> Callable[[Symbol], Symbol]:
        return lambda x: self._record(nn.Dropout(rate), [x], x.shape)

    def Add(self) -> Callable[[list[Symbol]], Symbol]:
        return lambda x: self._record(Function(torch.add), x, x[0].shape)

    def Concatenate(self) -> Callable[[list[Symbol]], Symbol]:
        def call(x: list[Symbol]) -> Symbol:
            part = Function(lambda *tensors: torch.cat(tensors, 1))
            return self._record(part, x, (sum(symbol.shape[0] for symbol in x), *x[0].shape[1:]))

        return call

    def UpSampling2D(self, size: int) -> Callable[[Symbol], Symbol]:
        part = nn.Upsample(scale_factor=size)
        return lambda x: self._record(part, [x], (x.shape[0], *(size * n for n in x.shape[1:])))

    def GlobalAveragePooling2D(self) -> Callable[[Symbol], Symbol]:
        return lambda x: self._record(Function(lambda t: t.mean((2, 3))), [x], x.shape[:1])

    def Flatten(self) -> Callable[[Symbol], Symbol]:
        def call(x: Symbol) -> Symbol:
            flat = self._record(nn.Flatten(), [x], (int(np.prod(x.shape)),))
            return Symbol(flat.place, flat.shape, flattened=x.shape)

        return call

    def Dense(self, units: int, activation: Any = None) -> Callable[[Symbol], Symbol]:
        name = self._name("dense")

        def call(x: Symbol) -> Symbol:
            part = nn.Linear(x.shape[0], units)
            kernel = initial_weight(name, "kernel", (x.shape[0], units))
            if x.flattened:
                channels, *space = x.flattened
                kernel = np.moveaxis(kernel.reshape(*space, channels, units), -2, 0).reshape(-1, units)
            _set(part.weight, kernel.T)
            nn.init.zeros_(part.bias)
            return self._activated(self._record(part, [x], (units,)), activation)

        return call


def _set(parameter: Tensor, value: np.ndarray) -> None:
    with torch.no_grad():
        parameter.copy_(torch.from_numpy(np.ascontiguousarray(value)))


def build(workload: Workload, logits: bool) -> nn.Module:
    """The workload's network as a module, with the weights that all start from."""
    layers = TorchLayers(logits)
    *space, channels = workload.input_shape
    workload.network(layers, Symbol(0, (channels, *space)))
    return layers.network
