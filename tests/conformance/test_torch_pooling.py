"""p-norms, pooling to a fixed size, global pooling and unpooling of every geometry against PyTorch, drawn at random.

Where data are small whole numbers, results must be equal: who wins a tie shows, and every sum is exact. PyTorch's
p-norm takes no magnitudes, so they are taken before it. Windows that slide are padded by hand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from geometries import poolings
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from keras_oracle import (
    Answer,
    Case,
    answer_ours,
    check_answers,
    check_close,
    make_ours,
    random_factors,
    random_inputs,
)
from sampling import drawn
from test_torch_windows import zeros_to_add
from torch.nn import functional

many = settings(max_examples=400, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
RANKS = (1, 2, 3)
Pool = Callable[..., Any]

NORMS: dict[int, Pool] = {1: functional.lp_pool1d, 2: functional.lp_pool2d, 3: functional.lp_pool3d}
MAXIMA: dict[int, Pool] = {1: functional.max_pool1d, 2: functional.max_pool2d, 3: functional.max_pool3d}
UNPOOLED: dict[int, Pool] = {1: functional.max_unpool1d, 2: functional.max_unpool2d, 3: functional.max_unpool3d}
ADAPTIVE: dict[str, dict[int, Pool]] = {
    "Max": {
        1: functional.adaptive_max_pool1d, 2: functional.adaptive_max_pool2d, 3: functional.adaptive_max_pool3d,
    },
    "Average": {
        1: functional.adaptive_avg_pool1d, 2: functional.adaptive_avg_pool2d, 3: functional.adaptive_avg_pool3d,
    },
}  # fmt: skip


def whole_inputs(case: Case) -> list[np.ndarray]:
    """Whole numbers from -3 to 3: many ties, and sums that float32 holds exactly."""
    rng = np.random.default_rng(0)
    return [rng.integers(-3, 4, shape).astype(np.float32) for shape in case.inputs]


def answer_torch(case: Case, inputs: Sequence[np.ndarray], pool: Callable[..., torch.Tensor]) -> Answer:
    """Result and gradients of a function of tensors with channels first, on data in the case's format."""
    last = case.options.get("data_format") == "channels_last"
    data = [torch.tensor(array, requires_grad=True) for array in inputs]
    y = pool(*(x.movedim(-1, 1) if last else x for x in data))
    y = y.movedim(1, -1) if last and y.ndim > 2 else y
    (y * torch.tensor(random_factors(tuple(y.shape)))).sum().backward()
    gradients = [np.zeros(x.shape, np.float32) if x.grad is None else x.grad.numpy() for x in data]
    return Answer(y.detach().numpy(), gradients, [])


def check_whole(case: Case, ours: Answer, theirs: Answer, units: int = 0) -> None:
    """Results of whole numbers are equal, or off by so many units of the last place; gradients are sums of factors."""
    np.testing.assert_allclose(ours.output, theirs.output, rtol=units * 2.0**-23, atol=0)
    check_close(f"{case.kind} of whole numbers: output", ours.output, theirs.output, units * 2.0**-23)
    for mine, reference in zip(ours.inputs, theirs.inputs, strict=True):
        check_close(f"{case.kind} of whole numbers: gradient of the input", mine, reference, 1e-6)


def with_padding(x: torch.Tensor, options: dict[str, Any], value: float) -> tuple[torch.Tensor, list[int]]:
    """x, channels first, with what the padding word adds, and how much that is before each axis."""
    window = options["pool_size"]
    amounts = [
        zeros_to_add(options["padding"], size, pool, stride, 1)
        for size, pool, stride in zip(x.shape[2:], window, options["strides"] or window, strict=True)
    ]
    return functional.pad(x, [n for pair in reversed(amounts) for n in pair], value=value), [n for n, _ in amounts]


# p-norms.


def norm_of_windows(x: torch.Tensor, options: dict[str, Any]) -> torch.Tensor:
    """The p-norm of each window; padding counts as 0."""
    padded, _ = with_padding(x.abs(), options, 0.0)
    window, strides = options["pool_size"], options["strides"] or options["pool_size"]
    if x.ndim == 3:  # along one axis PyTorch wants bare numbers
        window, strides = window[0], strides[0]
    result: torch.Tensor = NORMS[x.ndim - 2](padded, options["p"], window, strides)
    return result


@st.composite
def norm_cases(draw: st.DrawFn) -> Case:
    """A windowed p-norm of some geometry."""
    rank = draw(st.sampled_from(RANKS))
    drawn = draw(poolings(rank))
    p = draw(st.sampled_from([1.0, 1.5, 2.0, 2.5, 3.0, 4.0]))
    return Case(f"LpPooling{rank}D", {**drawn.options, "p": p}, drawn.inputs)


@drawn(many)
@given(case=norm_cases())
def test_norm_of_windows(case: Case) -> None:
    """Any power, window, stride, padding and format."""
    inputs = random_inputs(case)
    theirs = answer_torch(case, inputs, lambda x: norm_of_windows(x, case.options))
    check_answers(f"{case.kind} (PyTorch)", answer_ours(make_ours(case), inputs), theirs)


@drawn(many)
@given(case=norm_cases(), p=st.sampled_from([1.0, 2.0]))
def test_norm_of_windows_of_whole_numbers(case: Case, p: float) -> None:
    """Sums of magnitudes and of squares are exact, and a square root is rounded once."""
    case = Case(case.kind, {**case.options, "p": p}, case.inputs)
    (x,) = whole_inputs(case)
    power = np.abs(x) if p == 1 else x * x
    sums = answer_torch(case, [power], lambda t: norm_of_windows(t, {**case.options, "p": 1.0})).output.round()
    found = answer_ours(make_ours(case), [x])
    np.testing.assert_array_equal(found.output, sums if p == 1 else np.sqrt(sums))
    assert np.isfinite(found.inputs[0]).all()


@st.composite
def global_cases(draw: st.DrawFn, kind: str) -> Case:
    """A global pooling of some shape."""
    rank = draw(st.sampled_from(RANKS))
    sizes = draw(st.tuples(*[st.integers(1, (40, 9, 5)[rank - 1])] * rank))
    batch, channels = draw(st.integers(1, 3)), draw(st.integers(1, 20) | st.sampled_from([32, 33]))
    options = {"data_format": draw(st.sampled_from(["channels_last", "channels_first"])), "keepdims": False}
    if kind == "Lp":
        options["p"] = draw(st.sampled_from([1.0, 1.5, 2.0, 2.5, 3.0, 4.0]))
    shape = (batch, *sizes, channels) if options["data_format"] == "channels_last" else (batch, channels, *sizes)
    return Case(f"Global{kind}Pooling{rank}D", options, (shape,))


@drawn(many)
@given(case=global_cases("Lp"))
def test_norm_of_maps(case: Case) -> None:
    """`torch.linalg.vector_norm` over all places."""
    inputs = random_inputs(case)
    theirs = answer_torch(
        case, inputs, lambda x: torch.linalg.vector_norm(x, case.options["p"], dim=tuple(range(2, x.ndim)))
    )
    check_answers(f"{case.kind} (PyTorch)", answer_ours(make_ours(case), inputs), theirs)


# Global maximum and mean.


@drawn(many)
@given(case=global_cases("Max") | global_cases("Average"))
def test_maximum_and_mean_of_maps(case: Case) -> None:
    """Equal maxima share the gradient, as in `torch.amax`; means of whole numbers are good to one unit."""
    reduced = torch.amax if "Max" in case.kind else torch.mean
    inputs = whole_inputs(case)
    theirs = answer_torch(case, inputs, lambda x: reduced(x, dim=tuple(range(2, x.ndim))))
    check_whole(case, answer_ours(make_ours(case), inputs), theirs, 0 if "Max" in case.kind else 1)


# Pooling to a fixed size.


@st.composite
def adaptive_cases(draw: st.DrawFn) -> Case:
    """Pooling of some input to some size, which may be larger, divide it, or not."""
    rank = draw(st.sampled_from(RANKS))
    largest = (40, 12, 7)[rank - 1]
    output = draw(st.tuples(*[st.integers(1, largest)] * rank))
    spatial = tuple(
        draw(st.integers(1, largest) | st.sampled_from([n, 2 * n, 2 * n + 1, 3 * n - 1 or 1])) for n in output
    )
    batch, channels = draw(st.integers(1, 3)), draw(st.integers(1, 20) | st.sampled_from([32, 33]))
    data_format = draw(st.sampled_from(["channels_last", "channels_first"]))
    shape = (batch, *spatial, channels) if data_format == "channels_last" else (batch, channels, *spatial)
    options = {"output_size": output, "data_format": data_format}
    return Case(f"Adaptive{draw(st.sampled_from(['Max', 'Average']))}Pooling{rank}D", options, (shape,))


def _adaptive(case: Case, inputs: list[np.ndarray]) -> Answer:
    kind, rank = case.kind[8:-9], int(case.kind[-2])
    return answer_torch(case, inputs, lambda x: ADAPTIVE[kind][rank](x, case.options["output_size"]))


@drawn(many)
@given(case=adaptive_cases())
def test_pooling_to_a_size(case: Case) -> None:
    """Any input and output size and format."""
    inputs = random_inputs(case)
    check_answers(f"{case.kind} (PyTorch)", answer_ours(make_ours(case), inputs), _adaptive(case, inputs))


@drawn(many)
@given(case=adaptive_cases())
def test_pooling_of_whole_numbers_to_a_size(case: Case) -> None:
    """The first maximum, row by row, takes the gradient; a mean is a sum, exact, divided once."""
    inputs = whole_inputs(case)
    ours, theirs = answer_ours(make_ours(case), inputs), _adaptive(case, inputs)
    # PyTorch divides by the size of one axis after the other.
    check_whole(case, ours, theirs, 0 if "Max" in case.kind else 3)


# Unpooling.


def unpooled(y: torch.Tensor, x: torch.Tensor, options: dict[str, Any]) -> torch.Tensor:
    """Each value added at the place of its window's first maximum, by the indices of PyTorch's pooling."""
    padded, before = with_padding(x, options, -math.inf)
    _, indices = MAXIMA[x.ndim - 2](padded, options["pool_size"], options["strides"], return_indices=True)
    flat = torch.zeros(*x.shape[:2], math.prod(padded.shape[2:]))
    placed = flat.scatter_add(2, indices.flatten(2), y.flatten(2)).reshape(padded.shape)
    return placed[(..., *(slice(first, first + n) for first, n in zip(before, x.shape[2:], strict=True)))]


@st.composite
def unpooling_cases(draw: st.DrawFn) -> Case:
    """Unpooling of some geometry: the shapes of the values and of what was pooled."""
    rank = draw(st.sampled_from(RANKS))
    drawn = draw(poolings(rank))
    pooled = make_ours(Case(f"MaxPooling{rank}D", drawn.options, drawn.inputs))
    (x,) = drawn.inputs
    return Case(f"MaxUnpooling{rank}D", drawn.options, ((x[0], *pooled.compute_output_shape(x)[1:]), x))


@drawn(many)
@given(case=unpooling_cases())
def test_unpooling(case: Case) -> None:
    """Any window, stride, padding and format, with ties: equal, and values that meet add up."""
    y, x = random_inputs(case)[0], whole_inputs(case)[1]
    theirs = answer_torch(case, [y, x], lambda y, x: unpooled(y, x, case.options))
    check_answers(f"{case.kind} (PyTorch)", answer_ours(make_ours(case), [y, x]), theirs)


@drawn(many)
@given(case=unpooling_cases())
def test_unpooling_of_windows_that_do_not_overlap(case: Case) -> None:
    """PyTorch's own layer, handed the indices of its pooling; results and gradients are only moved, hence equal."""
    options = {**case.options, "padding": "valid"}
    assume(case.options["padding"] == "valid")
    strides = options["strides"] or options["pool_size"]
    assume(all(stride >= pool for stride, pool in zip(strides, options["pool_size"], strict=True)))
    y, x = random_inputs(case)[0], whole_inputs(case)[1]
    rank = x.ndim - 2

    def theirs(y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        _, indices = MAXIMA[rank](x, options["pool_size"], strides, return_indices=True)
        result: torch.Tensor = UNPOOLED[rank](y, indices, options["pool_size"], strides, output_size=x.shape[2:])
        return result

    ours, reference = answer_ours(make_ours(case), [y, x]), answer_torch(case, [y, x], theirs)
    np.testing.assert_array_equal(ours.output, reference.output)
    for mine, other in zip(ours.inputs, reference.inputs, strict=True):
        np.testing.assert_array_equal(mine, other)


# Large enough for every tile, block and thread of the engine to be in use.

LARGE = {"data_format": "channels_last", "padding": "valid", "strides": None}


@pytest.mark.parametrize(
    ("shape", "pool", "p"), [((8, 24, 24, 64), 2, 2.0), ((2, 31, 33, 17), 3, 1.0), ((4, 200, 32), 5, 3.0)]
)
def test_norms_of_real_networks(shape: tuple[int, ...], pool: int, p: float) -> None:
    """Windows of images and of signals."""
    rank = len(shape) - 2
    case = Case(f"LpPooling{rank}D", {**LARGE, "pool_size": (pool,) * rank, "p": p}, (shape,))
    inputs = random_inputs(case)
    theirs = answer_torch(case, inputs, lambda x: norm_of_windows(x, case.options))
    check_answers(f"{case.kind} (PyTorch)", answer_ours(make_ours(case), inputs), theirs)


@pytest.mark.parametrize("kind", ["Max", "Average"])
@pytest.mark.parametrize(("shape", "size"), [((4, 31, 33, 96), 7), ((8, 56, 56, 32), 7), ((2, 12, 11, 10, 16), 5)])
def test_heads_of_real_networks(shape: tuple[int, ...], size: int, kind: str) -> None:
    """Feature maps to 7 x 7, as classifiers want them."""
    rank = len(shape) - 2
    options = {"output_size": (size,) * rank, "data_format": "channels_last"}
    case = Case(f"Adaptive{kind}Pooling{rank}D", options, (shape,))
    inputs = random_inputs(case)
    check_answers(f"{case.kind} (PyTorch)", answer_ours(make_ours(case), inputs), _adaptive(case, inputs))


@pytest.mark.parametrize("strides", [None, (1, 1)])
def test_unpooling_of_real_networks(strides: tuple[int, int] | None) -> None:
    """Windows side by side, and overlapping."""
    x = (8, 24, 24, 64)
    y = (8, 12, 12, 64) if strides is None else (8, 23, 23, 64)
    case = Case("MaxUnpooling2D", {**LARGE, "pool_size": (2, 2), "strides": strides}, (y, x))
    inputs = random_inputs(case)
    theirs = answer_torch(case, inputs, lambda y, x: unpooled(y, x, case.options))
    check_answers(f"{case.kind} (PyTorch)", answer_ours(make_ours(case), inputs), theirs)


# Windows that slide, at ties.


@drawn(many)
@given(case=poolings(1) | poolings(2) | poolings(3))
def test_maxima_of_whole_numbers(case: Case) -> None:
    """The first maximum takes the gradient; results are equal."""
    assume(case.kind.startswith("Max"))
    inputs = whole_inputs(case)

    def theirs(x: torch.Tensor) -> torch.Tensor:
        padded, _ = with_padding(x, case.options, -math.inf)
        result: torch.Tensor = MAXIMA[x.ndim - 2](padded, case.options["pool_size"], case.options["strides"])
        return result

    check_whole(case, answer_ours(make_ours(case), inputs), answer_torch(case, inputs, theirs))
