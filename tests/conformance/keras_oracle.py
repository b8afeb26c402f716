"""The same layer in Pellucid and in Keras, with the same weights, on the same data: results and gradients.

A gradient needs a number to start from: it is the sum of the layer's outputs, each times a fixed random factor, so that
no error can hide in a symmetry.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from checks.keras_slopes import slopes_of, weighted_sum

import pellucid
from pellucid.engines import get_engine
from pellucid.graph import Graph, builder, gradient, ops, verify
from pellucid.layers import Layer

DEVIATIONS: dict[str, float] = {}
"""The largest deviation that was met, by family; pytest prints them at the end."""


@dataclass(frozen=True)
class Case:
    """A layer with its options and the shapes of its inputs, batch included."""

    kind: str
    options: dict[str, Any]
    inputs: tuple[tuple[int, ...], ...]

    def __str__(self) -> str:
        shown = ",".join(f"{name}={value}" for name, value in self.options.items()).replace(" ", "")
        return f"{self.kind}({shown})-{'x'.join(map(str, self.inputs[0]))}"


def case(kind: str, *inputs: tuple[int, ...], **options: Any) -> Case:
    """A case as it is written in the tables."""
    return Case(kind, options, inputs)


@dataclass(frozen=True)
class Answer:
    """What a layer gives, and the gradient for each of its inputs and weights."""

    output: np.ndarray
    inputs: list[np.ndarray]
    weights: list[np.ndarray]


def random_inputs(case: Case) -> list[np.ndarray]:
    """Data for a case; no two elements are equal, so that no maximum is tied."""
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape).astype(np.float32) for shape in case.inputs]


def made(library: Any, case: Case) -> Any:
    """The layer of a case in Pellucid or in Keras; an option that is a case is a layer too."""
    options = {name: made(library, value) if isinstance(value, Case) else value for name, value in case.options.items()}
    return getattr(library.layers, case.kind)(**options)


def make_ours(case: Case) -> Layer:
    """The layer of a case in Pellucid, built, with random biases too."""
    layer: Layer = made(pellucid, case)
    layer.ensure_built(_one_or_all([(None, *shape[1:]) for shape in case.inputs]))
    rng = np.random.default_rng(1)
    layer.set_weights(
        [rng.normal(size=w.shape) * 0.3 if w.learned else rng.uniform(0.5, 2.0, w.shape) for w in layer.weights]
    )
    return layer


def make_theirs(case: Case, weights: Sequence[np.ndarray]) -> keras.layers.Layer:
    """The layer of a case in Keras, with the given weights (drawing others first would only cost time)."""
    if "kernel_initializer" in inspect.signature(getattr(keras.layers, case.kind)).parameters:
        case = replace(case, options={**case.options, "kernel_initializer": "zeros"})
    layer = made(keras, case)
    shapes = [(None, *shape[1:]) for shape in case.inputs]
    layer.build(shapes[0] if len(shapes) == 1 else shapes)
    layer.set_weights(weights)
    return layer


def answer_ours(layer: Layer, inputs: Sequence[np.ndarray], engine: str = "native") -> Answer:
    """Result and gradients by the graph and an engine."""
    graph = Graph()
    tensors = [graph.add(ops.Input(array.shape, f"x{i}")) for i, array in enumerate(inputs)]
    y = layer.emit(_one_or_all(tensors))
    factors = graph.add(ops.Input(y.shape, "factors"))
    wanted = [*tensors, *(weight.tensor(graph) for weight in layer.trainable_weights)]
    gradients = gradient(builder.reduce_sum(y * factors), wanted)
    graph.outputs = {"y": y} | {str(number): tensor for number, tensor in enumerate(gradients)}
    verify(graph)
    state = {weight.state.name: weight.state for weight in layer.weights}
    data = {f"x{i}": array for i, array in enumerate(inputs)} | {"factors": random_factors(y.shape)}
    results = get_engine(engine).prepare(graph).run(data, state)
    parts = [results[str(number)] for number in range(len(wanted))]
    return Answer(results["y"], parts[: len(inputs)], parts[len(inputs) :])


def answer_theirs(layer: keras.layers.Layer, inputs: Sequence[np.ndarray]) -> Answer:
    """Result and gradients by Keras."""
    shape = layer.compute_output_shape(_one_or_all([array.shape for array in inputs]))
    factors = random_factors(shape)
    how = {"training": False} if "training" in inspect.signature(layer.call).parameters else {}

    weights = [variable.value for variable in layer.trainable_variables]
    kept = [variable.value for variable in layer.non_trainable_variables]

    def total(*tensors: Any) -> tuple[Any, Any]:
        mine, arrays = list(tensors[: len(weights)]), list(tensors[len(weights) :])
        y, _ = layer.stateless_call(mine, kept, _one_or_all(arrays), **how)
        return weighted_sum(y, factors), y

    y, slopes = slopes_of(total, [*weights, *inputs])
    return Answer(y, slopes[len(weights) :], slopes[: len(weights)])


def _one_or_all(items: list[Any]) -> Any:
    return items[0] if len(items) == 1 else items


def random_factors(shape: tuple[int, ...]) -> np.ndarray:
    """What each output is multiplied by before they are summed up."""
    return np.random.default_rng(2).normal(size=shape).astype(np.float32)


def deviation(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The largest difference, in units of the largest magnitude (of 1, where all are smaller)."""
    assert ours.shape == theirs.shape
    assert np.isfinite(ours).all()
    if not ours.size:
        return 0.0
    return float(np.abs(ours - theirs).max() / max(1.0, float(np.abs(theirs).max())))


def check_close(family: str, ours: np.ndarray, theirs: np.ndarray, tolerance: float) -> None:
    """Assert that the deviation is within a tolerance, and note it."""
    found = deviation(np.asarray(ours), np.asarray(theirs))
    DEVIATIONS[family] = max(DEVIATIONS.get(family, 0.0), found)
    assert found <= tolerance, f"{family}: deviation {found:.2e} exceeds {tolerance:.0e}"


def check_answers(family: str, ours: Answer, theirs: Answer) -> None:
    """Outputs within 1e-5, gradients within 1e-4."""
    check_close(f"{family}: output", ours.output, theirs.output, 1e-5)
    for mine, reference in zip(ours.inputs, theirs.inputs, strict=True):
        check_close(f"{family}: gradient of the input", mine, reference, 1e-4)
    for mine, reference in zip(ours.weights, theirs.weights, strict=True):
        check_close(f"{family}: gradient of the weights", mine, reference, 1e-4)
