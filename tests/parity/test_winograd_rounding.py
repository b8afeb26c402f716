"""What single values lose by Winograd's method: bounded on structured numbers, for any number of channels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from cases.windowed import Geometry
from numpy.lib.stride_tricks import sliding_window_view

from pellucid.engines import NativeEngine
from pellucid.graph import Graph, ops, windows

BOUND = {1: 5e-6, 2: 3e-5}
"""The largest error of an output, by the number of axes that are transformed: as a part of the largest sum of
|products| that any output of its tile could have (docs/decisions/0012-rounding-in-winograds-method.md)."""
OUTPUTS = {3: 4, 5: 2}  # of a tile along an axis, by taps
POINTS = 6  # inputs of a tile along an axis

Arrays = dict[str, np.ndarray]


def _planes(size: tuple[int, ...], rng: np.random.Generator) -> Arrays:
    """Patterns over the places of an image."""
    places = np.indices(size)
    return {
        "constant": np.ones(size),
        "checks": np.where(places.sum(axis=0) % 2, 1.0, -1.0),
        "lines": np.where(places[0] % 2, 1.0, -1.0),
        "blocks": np.prod(np.where(places % 4 < 2, 1.0, -1.0), axis=0),
        "threes": np.prod(np.where(places % 3 == 0, 1.0, -0.5), axis=0),
        "signs": np.where(rng.random(size) < 0.5, 1.0, -1.0),
        "ramp": np.arange(np.prod(size)).reshape(size) / np.prod(size),
    }


def _inputs(shape: tuple[int, ...]) -> Arrays:
    rng = np.random.default_rng(1)
    spread = {n: np.broadcast_to(0.7312 * p[None, ..., None], shape) for n, p in _planes(shape[1:-1], rng).items()}
    one_large = rng.random(shape) * 1e-3
    one_large[(slice(None), *(size // 2 for size in shape[1:-1]))] = 1e3 * rng.random(shape[-1])
    mask = rng.random(shape)
    mask[..., : shape[-2] // 2, :] = 0
    sparse = (rng.random(shape) < 0.1) * rng.random(shape)
    return {**spread, "random": rng.normal(size=shape), "one large": one_large, "mask": mask, "sparse": sparse}


def _kernels(shape: tuple[int, ...]) -> Arrays:
    rng = np.random.default_rng(2)
    taps, middle = shape[:-2], tuple(size // 2 for size in shape[:-2])
    spread = {
        name: np.broadcast_to(0.331 * plane[..., None, None], shape)
        for name, plane in _planes(taps, rng).items()
        if name in ("constant", "checks", "signs")
    }
    half, corner, centre = rng.random(shape), np.zeros(shape), np.zeros(shape)
    half[middle[0] :] = 0
    corner[(0,) * len(taps)] = rng.random(shape[-2:])
    centre[middle] = rng.random(shape[-2:])
    return {**spread, "random": rng.normal(size=shape), "half zero": half, "corner": corner, "centre": centre}


def _windows(x: np.ndarray, reach: tuple[int, int], size: int, step: int = 1) -> np.ndarray:
    """Windows of `size` along each spatial axis, every `step`, of an array padded by `reach`; their axes at the end."""
    rank = x.ndim - 2
    padded = np.pad(x, ((0, 0), *((reach,) * rank), (0, 0)))
    found = sliding_window_view(padded, (size,) * rank, axis=tuple(range(1, rank + 1)))
    return found[(slice(None), *(slice(None, None, step),) * rank)]


def _convolved(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The sums in float64."""
    taps, rank = kernel.shape[0], x.ndim - 2
    seen = _windows(x.astype(np.float64), ((taps - 1) // 2, taps // 2), taps)  # (batch, places, channels, taps)
    order = (*range(rank + 1), *range(rank + 2, 2 * rank + 2), rank + 1)
    rows = seen.transpose(order).reshape(-1, int(np.prod(kernel.shape[:-1])))
    return (rows @ kernel.astype(np.float64).reshape(rows.shape[1], -1)).reshape(*x.shape[:-1], kernel.shape[-1])


def _largest_sums(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """For each output the largest sum of |products| that any output of its tile could have."""
    taps, rank, size = kernel.shape[0], x.ndim - 2, x.shape[1]
    made = OUTPUTS[taps]
    before = (taps - 1) // 2
    behind = -(-size // made) * made + taps - 1 - before - size
    seen = _windows(np.abs(x).astype(np.float64), (before, behind), POINTS, made)
    largest = seen.max(axis=tuple(range(-rank, 0))) @ np.abs(kernel).astype(np.float64).sum(axis=tuple(range(rank)))
    for axis in range(1, rank + 1):
        largest = np.repeat(largest, made, axis).take(range(size), axis)
    return largest


def _convolution(x: tuple[int, ...], kernel: tuple[int, ...]) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """By Winograd's method, which must have been chosen."""
    taps = kernel[:-2]
    window = Geometry("same", x, taps, kernel[-1], padding=tuple(((k - 1) // 2, k // 2) for k in taps)).window
    graph = Graph()
    given = graph.add(ops.Input(x, "x")), graph.add(ops.Input(kernel, "kernel"))
    graph.outputs["y"] = graph.add(windows.Convolution(window, 1), *given)
    program = NativeEngine().prepare(graph)
    assert [call.variant[:8] for call in program.explain()] == ["winograd"]
    return lambda x, kernel: program.run({"x": x, "kernel": kernel}, {})["y"]


GEOMETRIES = [
    ((4, 12, 12, 24), (3, 3, 24, 16)),
    ((4, 12, 12, 512), (3, 3, 512, 16)),
    ((2, 12, 12, 1200), (3, 3, 1200, 16)),
    ((4, 12, 12, 24), (5, 5, 24, 16)),
    ((2, 12, 12, 320), (5, 5, 320, 16)),
    ((32, 60, 48), (3, 48, 64)),
    ((16, 60, 512), (3, 512, 32)),
    ((16, 60, 512), (5, 512, 32)),
]


@pytest.mark.parametrize(("x_shape", "kernel_shape"), GEOMETRIES)
def test_single_values_on_structured_numbers(
    x_shape: tuple[int, ...], kernel_shape: tuple[int, ...], note_deviation: Callable[[str, float], None]
) -> None:
    run, bound, worst = _convolution(x_shape, kernel_shape), BOUND[len(x_shape) - 2], 0.0
    kernels = {name: kernel.astype(np.float32) for name, kernel in _kernels(kernel_shape).items()}
    for of_x, x in _inputs(x_shape).items():
        for of_kernel, kernel in kernels.items():
            numbers = x.astype(np.float32)
            error = np.abs(run(numbers, kernel) - _convolved(numbers, kernel))
            allowed = bound * _largest_sums(numbers, kernel)
            assert (error <= allowed).all(), f"{of_x}, {of_kernel}: {(error / allowed).max():.2f} of the bound"
            worst = max(worst, float((error[allowed > 0] / allowed[allowed > 0]).max()))
    note_deviation("winograd, single values / bound", worst)


GRADIENTS = [
    ((8, 12, 12, 32), (3, 3, 32, 32)),
    ((8, 12, 12, 24), (5, 5, 24, 64)),
    ((32, 60, 48), (3, 48, 64)),
]


@pytest.mark.parametrize(("x_shape", "kernel_shape"), GRADIENTS)
def test_single_values_of_gradients(
    x_shape: tuple[int, ...], kernel_shape: tuple[int, ...], note_deviation: Callable[[str, float], None]
) -> None:
    """What an input's gradient could have: from the largest |gradient| around it. A kernel's: summed over tiles."""
    rank, worst = len(x_shape) - 2, 0.0
    y_shape, taps = (*x_shape[:-1], kernel_shape[-1]), kernel_shape[0]
    of_input, of_kernel = _gradients(x_shape, kernel_shape)
    inputs, gradients = _inputs(x_shape), _inputs(y_shape)
    for name, gradient in gradients.items():
        dy = gradient.astype(np.float32)
        around = _windows(np.abs(dy).astype(np.float64), (POINTS, POINTS), 2 * POINTS + 1).max(
            axis=tuple(range(-rank, 0))
        )
        for of_weights, weights in _kernels(kernel_shape).items():
            kernel = weights.astype(np.float32)
            turned = np.flip(kernel, axis=tuple(range(rank))).swapaxes(-1, -2)
            allowed = BOUND[rank] * around @ np.abs(turned).astype(np.float64).sum(axis=tuple(range(rank)))
            error = np.abs(of_input(dy, kernel) - _convolved(dy, turned))
            assert (error <= allowed).all(), f"input, {name}, {of_weights}: {(error / allowed).max():.2f} of the bound"
            worst = max(worst, float((error[allowed > 0] / allowed[allowed > 0]).max()))
    for of_x, of_y in [(a, b) for a in inputs for b in ("constant", "blocks", "random", "sparse", "one large")]:
        x, dy = inputs[of_x].astype(np.float32), gradients[of_y].astype(np.float32)
        seen = _windows(x.astype(np.float64), ((taps - 1) // 2, taps // 2), taps)
        axes = list(range(rank + 1))
        right = np.moveaxis(np.tensordot(seen, dy.astype(np.float64), axes=(axes, axes)), 0, rank)
        allowed = BOUND[rank] * _largest_over_tiles(x, dy, taps)
        error = np.abs(of_kernel(x, dy) - right)
        assert (error <= allowed).all(), f"kernel, {of_x}, {of_y}: {(error / allowed).max():.2f} of the bound"
    note_deviation("winograd, single values / bound", worst)


def _gradients(x: tuple[int, ...], kernel: tuple[int, ...]) -> list[Callable[[np.ndarray, np.ndarray], np.ndarray]]:
    """Of the input, from the result's gradient and the kernel; of the kernel, from the input and that gradient."""
    taps, y = kernel[:-2], (*x[:-1], kernel[-1])
    window = Geometry("same", x, taps, kernel[-1], padding=tuple(((k - 1) // 2, k // 2) for k in taps)).window
    found = []
    for op, shapes in (
        (windows.ConvolutionInputGradient(window, 1, x), (y, kernel)),
        (windows.ConvolutionKernelGradient(window, 1, kernel), (x, y)),
    ):
        graph = Graph()
        graph.outputs["result"] = graph.add(
            op, *(graph.add(ops.Input(s, n)) for n, s in zip("ab", shapes, strict=True))
        )
        program = NativeEngine().prepare(graph)
        assert [call.variant[:8] for call in program.explain()] == ["winograd"]
        found.append(lambda a, b, program=program: program.run({"a": a, "b": b}, {})["result"])
    return found


def _largest_over_tiles(x: np.ndarray, dy: np.ndarray, taps: int) -> np.ndarray:
    """The sum over tiles of the largest |x| among their inputs times the sum of |gradient| in them."""
    made, rank, size = OUTPUTS[taps], x.ndim - 2, x.shape[1]
    before, missing = (taps - 1) // 2, -size % made
    seen = _windows(np.abs(x).astype(np.float64), (before, missing + taps - 1 - before), POINTS, made)
    tiles = _windows(np.abs(dy).astype(np.float64), (0, missing), made, made).sum(axis=tuple(range(-rank, 0)))
    return seen.max(axis=tuple(range(-rank, 0))).reshape(-1, x.shape[-1]).T @ tiles.reshape(-1, dy.shape[-1])


@pytest.mark.parametrize(("x_shape", "kernel_shape"), [GEOMETRIES[0], GEOMETRIES[3], GEOMETRIES[5]])
def test_a_filter_of_zeros_gives_zeros(x_shape: tuple[int, ...], kernel_shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=kernel_shape).astype(np.float32)
    kernel[..., 3] = 0
    y = _convolution(x_shape, kernel_shape)((1e6 * rng.normal(size=x_shape)).astype(np.float32), kernel)
    assert (y[..., 3] == 0).all() and (y[..., 4] != 0).all()
