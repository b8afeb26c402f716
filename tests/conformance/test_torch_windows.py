"""Convolution and pooling of every geometry against PyTorch: results and gradients, drawn by Hypothesis."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from geometries import convolutions, poolings
from hypothesis import HealthCheck, given, settings
from keras_oracle import Answer, Case, answer_ours, check_answers, make_ours, random_factors, random_inputs
from sampling import drawn
from torch.nn import functional
from torch_oracle import channels_first, convolution, in_format, padded
from torch_oracle import zeros_to_add as zeros_to_add  # test_torch_pooling takes it from here

MAXIMA = (functional.max_pool1d, functional.max_pool2d, functional.max_pool3d)
MEANS = (functional.avg_pool1d, functional.avg_pool2d, functional.avg_pool3d)

many = settings(max_examples=400, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _pooling(x: torch.Tensor, options: dict[str, Any], kind: str) -> torch.Tensor:
    """Padding never wins a maximum and never counts in a mean."""
    rank, window = x.ndim - 2, options["pool_size"]
    strides, x = options["strides"] or window, channels_first(x, options)
    if kind == "Max":
        y = MAXIMA[rank - 1](padded(x, options, window, -math.inf), window, strides)
    else:
        inside = MEANS[rank - 1](padded(torch.ones_like(x), options, window), window, strides)
        y = MEANS[rank - 1](padded(x, options, window), window, strides) / inside
    return in_format(y, options)


def _answer(case: Case, x: np.ndarray, weights: list[np.ndarray]) -> Answer:
    data = torch.tensor(x, requires_grad=True)
    parameters = [torch.tensor(weight, requires_grad=True) for weight in weights]
    if case.kind.startswith("Conv"):
        y = convolution(data, parameters, case.options)
    else:
        y = _pooling(data, case.options, case.kind[:-9])
    (y * torch.tensor(random_factors(tuple(y.shape)))).sum().backward()
    gradients = [parameter.grad.numpy() for parameter in parameters]
    return Answer(y.detach().numpy(), [data.grad.numpy()], gradients)


def _compare(case: Case) -> None:
    layer, (x,) = make_ours(case), random_inputs(case)
    check_answers(f"{case.kind} (PyTorch)", answer_ours(layer, [x]), _answer(case, x, layer.get_weights()))


@drawn(many)
@given(case=convolutions(1))
def test_convolution_1d(case: Case) -> None:
    """Any kernel, stride, dilation, groups, padding and format along one axis."""
    _compare(case)


@drawn(many)
@given(case=convolutions(2))
def test_convolution_2d(case: Case) -> None:
    """Any kernel, stride, dilation, groups, padding and format over two axes."""
    _compare(case)


@drawn(many)
@given(case=convolutions(3))
def test_convolution_3d(case: Case) -> None:
    """Any kernel, stride, dilation, groups, padding and format over three axes."""
    _compare(case)


@drawn(many)
@given(case=poolings(1))
def test_pooling_1d(case: Case) -> None:
    """Any window, stride, padding and format along one axis."""
    _compare(case)


@drawn(many)
@given(case=poolings(2))
def test_pooling_2d(case: Case) -> None:
    """Any window, stride, padding and format over two axes."""
    _compare(case)


@drawn(many)
@given(case=poolings(3))
def test_pooling_3d(case: Case) -> None:
    """Any window, stride, padding and format over three axes."""
    _compare(case)


def _realistic(kind: str, shape: tuple[int, ...], **options: Any) -> Case:
    rank = len(shape) - 2
    if kind.startswith("Conv"):
        defaults = {"strides": (1,) * rank, "padding": "valid", "dilation_rate": (1,) * rank, "groups": 1}
    else:
        defaults = {"pool_size": (2,) * rank, "strides": None, "padding": "valid"}
    return Case(kind, {**defaults, "data_format": "channels_last", **options}, (shape,))


REALISTIC = [
    _realistic("Conv2D", (8, 28, 28, 1), filters=32, kernel_size=(3, 3)),
    _realistic("Conv2D", (8, 26, 26, 32), filters=64, kernel_size=(3, 3)),
    _realistic("Conv2D", (2, 64, 64, 3), filters=64, kernel_size=(7, 7), strides=(2, 2), padding="same"),
    _realistic("Conv2D", (4, 14, 14, 64), filters=128, kernel_size=(1, 1)),
    _realistic("Conv2D", (4, 14, 14, 64), filters=64, kernel_size=(1, 1), strides=(2, 2)),
    _realistic("Conv2D", (2, 20, 20, 32), filters=32, kernel_size=(3, 3), groups=32, padding="same"),
    _realistic("Conv2D", (2, 33, 31, 24), filters=48, kernel_size=(3, 3), dilation_rate=(4, 4), groups=8),
    _realistic("Conv2D", (2, 32, 24, 24), filters=16, kernel_size=(5, 5), data_format="channels_first"),
    _realistic("Conv1D", (4, 200, 32), filters=64, kernel_size=(9,), padding="causal", dilation_rate=(4,)),
    _realistic("Conv3D", (2, 16, 16, 16, 4), filters=8, kernel_size=(3, 3, 3), padding="same"),
    _realistic("MaxPooling2D", (8, 24, 24, 64)),
    _realistic("MaxPooling2D", (2, 31, 33, 17), pool_size=(3, 3), strides=(2, 2), padding="same"),
    _realistic("AveragePooling2D", (8, 24, 24, 64), pool_size=(3, 3), strides=(1, 1), padding="same"),
    _realistic("MaxPooling3D", (2, 12, 12, 12, 16)),
]


@pytest.mark.parametrize("case", REALISTIC, ids=str)
def test_sizes_of_real_networks(case: Case) -> None:
    """Large enough for every tile, block and thread of the engine to be in use."""
    _compare(case)
