"""Whoever adds an operation, a function or a layer is told what is still missing."""

from __future__ import annotations

import inspect

import pytest
from cases.compositions import COMPOSITIONS
from cases.layers import LAYERS, WITHOUT_ROW
from cases.measures import LOSSES, METRICS
from cases.operations import OPERATIONS
from cases.optimizers import OPTIMIZERS
from checks.problem import MADE_AFTER_DIFFERENTIATION

from pellucid import activations, layers, losses, metrics, optimizers
from pellucid.engines import lowering, native, reference
from pellucid.engines.xla import operations as xla_operations
from pellucid.engines.xla import windows as xla_windows
from pellucid.graph import gradients, movement, ops, windows
from pellucid.optimizers.options import DEFAULTS

BASES = {ops.Op, ops.Leaf, ops.Product, movement.Alias, windows.ConvolutionOp, windows.PoolOp}
COMPUTED_BY_THE_PROGRAM = {ops.Input, ops.Parameter, ops.RandomUniform, ops.Update}
"""The reference and the XLA engine have no function for these: a program itself reads, draws and writes them."""
ALWAYS_FUSED = {ops.Elementwise}
"""The native engine sees these only inside a `Chain`."""


def operations() -> list[type[ops.Op]]:
    """Every operation that a graph may hold."""
    found = []
    for module in (ops, movement, windows):
        for name, item in vars(module).items():
            is_operation = inspect.isclass(item) and issubclass(item, ops.Op) and item.__module__ == module.__name__
            if is_operation and not name.startswith("_") and item not in BASES:
                found.append(item)
    return found


each_operation = pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.__name__)


def test_the_vocabulary_is_found():
    assert {ops.Input, ops.Chain, movement.Pack, windows.Convolution, windows.AveragePoolGradient} <= set(operations())
    assert len(operations()) >= 28


@each_operation
def test_operation_has_a_row(operation):
    assert any(type(case.op) is operation for case in OPERATIONS), "add a row to tests/cases/operations.py"


@each_operation
def test_operation_has_one_place_in_differentiation(operation):
    """A rule, or a reason for none: no change, changes in jumps, or made when the gradient is there already."""
    places = [
        operation in gradients.RULES,
        operation in gradients.WITHOUT_GRADIENT,
        operation.__name__ in MADE_AFTER_DIFFERENTIATION,
    ]
    assert sum(places) == 1, "add a rule to gradients.RULES, or the class to WITHOUT_GRADIENT"


@each_operation
def test_operation_is_computed_by_the_reference_engine(operation):
    assert (operation in reference.IMPLEMENTATIONS) != (operation in COMPUTED_BY_THE_PROGRAM), "add a function"


@each_operation
def test_operation_is_computed_by_the_xla_engine(operation):
    tables = (xla_operations.OPERATIONS, xla_windows.WINDOWS)
    assert sum(operation in table for table in tables) == (operation not in COMPUTED_BY_THE_PROGRAM), "add a function"


@each_operation
def test_operation_is_lowered_for_the_native_engine(operation):
    assert (operation in lowering.RULES) != (operation in ALWAYS_FUSED), "add a rule to lowering.RULES"


@each_operation
def test_operation_has_a_shape_rule_of_its_own(operation):
    assert operation.output_shapes is not ops.Op.output_shapes
    assert operation.__doc__ and not operation.__doc__.startswith(operation.__name__), "say what it computes"


def test_tables_hold_operations_only():
    known = set(operations())
    of_engines = (reference.IMPLEMENTATIONS, lowering.RULES, xla_operations.OPERATIONS, xla_windows.WINDOWS)
    for table in (gradients.RULES, gradients.WITHOUT_GRADIENT, *of_engines):
        assert set(table) <= known


@pytest.mark.parametrize("function", ops.ARITY)
def test_function_is_complete(function):
    arity = ops.ARITY[function]
    assert function in reference.FUNCTIONS, "add it to reference.FUNCTIONS"
    assert function in xla_operations.FUNCTIONS, "add it to xla.operations.FUNCTIONS"
    assert function in native._native.ELEMENTWISE, "add it to the native engine"
    derivative = inspect.signature(gradients._DERIVATIVES[function])
    assert len(derivative.parameters) == 2 + arity, "a derivative takes g, y and the operands"
    assert sum(case.op == ops.Elementwise(function) for case in OPERATIONS) >= 4, "add rows"


def test_no_engine_has_functions_of_its_own():
    known = set(ops.ARITY)
    assert set(reference.FUNCTIONS) == set(xla_operations.FUNCTIONS) == known
    assert set(gradients._DERIVATIVES) == set(native._native.ELEMENTWISE) == known


@pytest.mark.parametrize("name", layers.__all__)
def test_layer_has_a_row(name):
    rows = [case for case in LAYERS if case.layer == name]
    if name in WITHOUT_ROW:
        assert not rows, f"{name} has a row although it is excused: {WITHOUT_ROW[name]}"
    else:
        assert rows, "add a row to the file of its family in tests/cases/layers"


@pytest.mark.parametrize("name", activations.ACTIVATIONS)
def test_activation_has_a_row(name):
    assert f"activation {name}" in {case.name for case in COMPOSITIONS}


@pytest.mark.parametrize("name", losses.LOSSES.classes)
def test_loss_has_a_row(name):
    made = losses.LOSSES.classes[name].__name__
    assert any(case.name.startswith(f"loss {made}(") for case in LOSSES), "add it to tests/cases/measures.py"


@pytest.mark.parametrize("name", metrics.METRICS.classes)
def test_metric_has_a_row(name):
    made = metrics.METRICS.classes[name].__name__
    assert any(case.name.startswith(f"metric {made}(") for case in METRICS), "add it to tests/cases/measures.py"


def test_public_losses_and_metrics_are_in_their_tables():
    """So that nothing goes without a name and a row by not being registered: bases aside."""
    bases = {losses.Loss, losses.LossFunctionWrapper, metrics.Metric, metrics.Statistic, metrics.MeanOverSamples}
    for module, table in ((losses, losses.LOSSES), (metrics, metrics.METRICS)):
        classes = {getattr(module, name) for name in module.__all__ if inspect.isclass(getattr(module, name))}
        assert classes - bases == set(table.classes.values())


@pytest.mark.parametrize("name", sorted(optimizers.OPTIMIZERS.classes.keys() - {"multioptimizer"}))
def test_optimizer_has_a_row(name):
    made = optimizers.OPTIMIZERS.classes[name].__name__
    rows = [case for case in OPTIMIZERS if case.kind == made]
    assert rows, "add it to tests/cases/optimizers.py"
    assert any({"weight_decay", "global_clipnorm"} <= set(case.settings) for case in rows), "add a row with both"


@pytest.mark.parametrize("setting", sorted(DEFAULTS.keys() - {"name"}))
def test_shared_settings_have_rows(setting):
    """What no optimiser does itself, for those that are made of most stages."""
    kinds = {case.kind for case in OPTIMIZERS if setting in case.settings}
    assert {"SGD", "Adam"} <= kinds, "add a row for these two"


def test_names_of_rows_differ():
    names = [case.name for case in (*OPERATIONS, *COMPOSITIONS, *LAYERS, *OPTIMIZERS)]
    assert sorted(names) == sorted(set(names))
