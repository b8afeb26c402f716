"""Every layer of the table is explained by its operations: sums that add up, formulas that give what they say."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from cases.channel_axes import channel_axis
from cases.layers import LAYERS
from cases.rows import LayerCase
from checks.problem import make_layer

from pellucid import Input, Model
from pellucid.inspection import Arithmetic, Step, arithmetic
from pellucid.views import arithmetic_text

CASES = [case for case in LAYERS if len(case.inputs) == 1 and not case.training]


def _where(condition: float, a: float, b: float) -> float:
    return a if condition else b


FUNCTIONS = {
    **{name: getattr(math, name) for name in ("sqrt", "exp", "log", "tanh", "erf", "log1p", "expm1", "sin", "cos")},
    "abs": abs, "max": max, "min": min, "floor": math.floor, "where": _where,
    "relu": lambda x: max(x, 0.0), "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
}  # fmt: skip


def evaluated(text: str, operands: dict[str, float]) -> float:
    """A formula with its numbers put in, computed by Python."""
    for name in sorted(operands, key=len, reverse=True):
        text = re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w\[])", f"({operands[name]!r})", text)
    return float(eval(text.replace("^", "**"), {"__builtins__": {}}, FUNCTIONS))


def check_step(step: Step) -> None:
    """The result is what the formula, or the products, give."""
    if step.combination == "expression":
        found = evaluated(step.formula, dict(step.operands))
        assert found == pytest.approx(step.result, rel=1e-4, abs=1e-5), step  # constants are written with six digits
    else:
        assert math.fsum(product.product for product in step.products) == pytest.approx(
            step.result, rel=1e-9, abs=1e-12
        )


def check(value: Arithmetic) -> None:
    """Products, sums, steps, and the comparison with the engine."""
    for product in value.products:
        assert product.product == pytest.approx(product.input * product.weight, abs=1e-12)
    if value.combination != "expression":
        total = math.fsum(product.product for product in value.products) + value.bias
        assert value.total == pytest.approx(total, rel=1e-12, abs=1e-12)
    for step in value.steps:
        check_step(step)
    results = {step.name: step.result for step in value.steps}
    for product in value.products:
        if product.source in results:
            assert product.input == results[product.source]
        if product.weight_name in results:
            assert product.weight == results[product.weight_name]
    assert value.left_out == 0
    assert value.agrees, (value.value, value.engine_value, value.rounding_bound)


def made(case: LayerCase) -> tuple[Model, np.ndarray]:
    """A model of the layer alone with weights that differ, and a sample."""
    rng = np.random.default_rng(len(case.name))
    (shape,) = case.inputs
    x = Input(shape[1:])
    model = Model(x, make_layer(case)(x))
    # Positive, since some are variances; a spread that keeps exponentials small.
    model.set_weights([rng.uniform(0.2, 0.9, weight.shape) for weight in model.weights])
    return model, rng.normal(size=shape[1:]).astype(np.float32)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_values_of_every_layer(case: LayerCase) -> None:
    """Two elements of the result each: the total of the products is that of the engine and of the definition."""
    model, sample = made(case)
    y = np.asarray(model.predict(sample[np.newaxis], engine="reference"))
    layer = model.layers[-1]
    axis = channel_axis(case, y.ndim)
    for index in {tuple(n // 2 for n in y.shape[1:]), tuple(n - 1 for n in y.shape[1:])}:
        position, number = (*index[: axis - 1], *index[axis:]), index[axis - 1]
        value = arithmetic(model, layer.name, sample, position, number)
        check(value)
        assert value.value == pytest.approx(float(y[(0, *index)]), rel=1e-9, abs=1e-9)
        if value.activation == "linear":
            assert value.total == value.value
        assert arithmetic_text(value)
