"""Laws that convolution and pooling obey, exactly, on whole numbers.

Held against the formula of the docstrings, index by index, and against each other: the three passes of a convolution
are one bilinear form.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
from cases.windowed import Geometry

from checks.arrays import generator, whole_numbers
from checks.mismatch import Mismatch
from pellucid.engines import Engine
from pellucid.graph import Graph, ops, windows

Array = np.ndarray


def compute(op: ops.Op, engine: Engine, *arrays: Array) -> Array:
    """The result of one operation, as float64."""
    graph = Graph()
    tensors = [graph.add(ops.Input(array.shape, f"x{i}")) for i, array in enumerate(arrays)]
    graph.outputs["y"] = graph.add(op, *tensors)
    given = {f"x{i}": array.astype(engine.dtype) for i, array in enumerate(arrays)}
    return engine.prepare(graph).run(given, {})["y"].astype(np.float64)


def convolution(case: Geometry) -> ops.Op:
    """The forward pass of a geometry."""
    return windows.Convolution(case.window, case.groups)


def input_gradient(case: Geometry) -> ops.Op:
    """Its gradient with respect to the input."""
    return windows.ConvolutionInputGradient(case.window, case.groups, case.x)


def kernel_gradient(case: Geometry) -> ops.Op:
    """Its gradient with respect to the kernel."""
    return windows.ConvolutionKernelGradient(case.window, case.groups, case.kernel)


def _taps(case: Geometry, output: tuple[int, ...]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Each tap of one window that lies inside the input, with the position that it reads: the definition, in a loop."""
    found = []
    window = case.window
    for tap in itertools.product(*map(range, window.size)):
        place = tuple(
            o * stride + k * step - before
            for o, stride, k, step, (before, _) in zip(
                output, window.strides, tap, window.dilation, window.padding, strict=True
            )
        )
        if all(0 <= index < size for index, size in zip(place, case.x[1:-1], strict=True)):
            found.append((tap, place))
    return found


def _by_definition(case: Geometry, shape: tuple[int, ...], value: Callable[[tuple[int, ...]], Array]) -> Array:
    y = np.zeros(shape)
    for output in np.ndindex(*shape[1:-1]):
        y[(slice(None), *output)] = value(output)
    return y


def convolved(case: Geometry, x: Array, kernel: Array) -> Array:
    """The convolution by the formula of `graph.windows.Convolution`, one tap after the other."""
    per_group = case.x[-1] // case.groups, case.groups, case.filters // case.groups

    def value(output: tuple[int, ...]) -> Array:
        total = np.zeros((case.x[0], *per_group[1:]))
        for tap, place in _taps(case, output):
            seen = x[(slice(None), *place)].reshape(case.x[0], case.groups, per_group[0])
            total += np.einsum("ngc,cgf->ngf", seen, kernel[tap].reshape(per_group))
        return total.reshape(case.x[0], case.filters)

    return _by_definition(case, case.y, value)


def check_convolution(case: Geometry, engine: Engine) -> None:
    """The forward pass is the formula's; the two gradients are its adjoints.

    <convolution(x, k), g> = <x, input gradient(g, k)> = <k, kernel gradient(x, g)> for every g, and since these are
    whole numbers the equations hold exactly. Tried on unit vectors too, so that no element can hide in a sum.
    """
    rng = generator(repr(case))
    x, kernel, g = (whole_numbers(shape, rng) for shape in (case.x, case.kernel, case.y))
    y = compute(convolution(case), engine, x, kernel)
    if not np.array_equal(y, convolved(case, x, kernel)):
        raise Mismatch(f"{case}: the forward pass is not the formula's")
    by_input = compute(input_gradient(case), engine, g, kernel)
    by_kernel = compute(kernel_gradient(case), engine, x, g)
    form = (y * g).sum()
    if form != (x * by_input).sum():
        raise Mismatch(f"{case}: the input gradient is not the adjoint")
    if form != (kernel * by_kernel).sum():
        raise Mismatch(f"{case}: the kernel gradient is not the adjoint")
    for _ in range(2):
        at_x, at_k = (tuple(int(rng.integers(size)) for size in array.shape) for array in (x, kernel))
        unit_x, unit_k = np.zeros(case.x), np.zeros(case.kernel)
        unit_x[at_x] = unit_k[at_k] = 1
        if by_input[at_x] != (convolved(case, unit_x, kernel) * g).sum():
            raise Mismatch(f"{case}: wrong input gradient at {at_x}")
        if by_kernel[at_k] != (convolved(case, x, unit_k) * g).sum():
            raise Mismatch(f"{case}: wrong kernel gradient at {at_k}")


def check_pooling(case: Geometry, engine: Engine) -> None:
    """Maximum and mean run over the taps inside the input; gradients go to the first maximum, and to all alike.

    What is selected by the maximum comes from where its gradient goes to.
    """
    rng = generator(repr(case))
    x = whole_numbers(case.x, rng)
    g = whole_numbers(case.pooled, rng)
    largest, mean = (
        _by_definition(
            case,
            case.pooled,
            lambda output, of=of: of([x[(slice(None), *place)] for _, place in _taps(case, output)]),
        )
        for of in (lambda seen: np.max(seen, axis=0), lambda seen: np.mean(seen, axis=0))
    )
    values, at_first = whole_numbers(case.x, rng), np.zeros(case.pooled)
    to_first, to_all = np.zeros(case.x), np.zeros(case.x)
    for output in np.ndindex(*case.pooled[1:-1]):
        places = [place for _, place in _taps(case, output)]
        seen = np.array([x[(slice(None), *place)] for place in places])
        for n, c in np.ndindex(case.x[0], case.x[-1]):
            first = (n, *places[int(seen[:, n, c].argmax())], c)
            to_first[first] += g[(n, *output, c)]
            at_first[(n, *output, c)] = values[first]
        for place in places:
            to_all[(slice(None), *place)] += g[(slice(None), *output)] / len(places)
    y = compute(windows.MaxPool(case.window), engine, x)
    if not np.array_equal(y, largest):
        raise Mismatch(f"{case}: not the maximum of each window")
    found = compute(windows.MaxPoolGradient(case.window), engine, x, y, g)
    if not np.array_equal(found, to_first):
        raise Mismatch(f"{case}: the gradient does not go to the first maximum")
    found = compute(windows.MaxPoolSelect(case.window), engine, x, y, values)
    if not np.array_equal(found, at_first):
        raise Mismatch(f"{case}: not what stands at the first maximum")
    found = compute(windows.AveragePool(case.window), engine, x)
    if not np.allclose(found, mean, rtol=1e-6, atol=1e-6 * np.abs(mean).max()):
        raise Mismatch(f"{case}: not the mean of each window")
    found = compute(windows.AveragePoolGradient(case.window, case.x), engine, g)
    if not np.allclose(found, to_all, rtol=1e-6, atol=1e-6 * np.abs(to_all).max()):
        raise Mismatch(f"{case}: the gradient does not go to all taps alike")


def check_linear(case: Geometry, engine: Engine) -> None:
    """Convolution is linear in its input and in its kernel; exactly so on whole numbers."""
    rng = generator(repr(case))
    (x, z), (k, m) = ([whole_numbers(shape, rng) for _ in range(2)] for shape in (case.x, case.kernel))
    op = convolution(case)
    both = 2 * compute(op, engine, x, k) - 3 * compute(op, engine, z, k)
    if not np.array_equal(compute(op, engine, 2 * x - 3 * z, k), both):
        raise Mismatch(f"{case}: not linear in the input")
    both = 2 * compute(op, engine, x, k) - 3 * compute(op, engine, x, m)
    if not np.array_equal(compute(op, engine, x, 2 * k - 3 * m), both):
        raise Mismatch(f"{case}: not linear in the kernel")


def check_equivariant(case: Geometry, axis: int, engine: Engine) -> None:
    """Moving the input by one stride along an axis moves the result by one window, wherever no padding is seen."""
    rng = generator(repr(case))
    stride = case.window.strides[axis]
    longer = list(case.x)
    longer[axis + 1] += stride
    x, kernel = whole_numbers(tuple(longer), rng), whole_numbers(case.kernel, rng)
    whole = compute(convolution(case), engine, x, kernel)
    count = case.y[axis + 1]
    along = (slice(None),) * (axis + 1)
    first = compute(convolution(case), engine, x[(*along, slice(0, case.x[axis + 1]))], kernel)
    moved = compute(convolution(case), engine, x[(*along, slice(stride, None))], kernel)
    if not np.array_equal(first, whole[(*along, slice(0, count))]):
        raise Mismatch(f"{case}: the end of the input changes the beginning")
    if not np.array_equal(moved, whole[(*along, slice(1, count + 1))]):
        raise Mismatch(f"{case}: a shift of the input changes the result")
