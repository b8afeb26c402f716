"""Operations that layers emit are explained; those that are not are named here, each for a reason."""

from __future__ import annotations

from pellucid.graph import movement, ops, windows
from pellucid.graph.ops import Op
from pellucid.inspection.addresses import MOVEMENTS
from pellucid.inspection.rules import RULES
from pellucid.network import reach, sight_rules

ATOMS = {ops.Input, ops.Parameter, ops.Constant, ops.Literal, ops.RandomUniform, ops.OneHot, ops.Elementwise}
"""What stands in formulas."""

WITHOUT_ARITHMETIC = {
    ops.ArgMax: "an index is not made of terms",
    movement.GatherAt: "where a number comes from is known when it runs",
    movement.ScatterAddAt: "where a number goes is known when it runs",
    ops.Update: "has no result",
    ops.Chain: "made by a pass",
    windows.FusedConvolution: "made by a pass",
    windows.ConvolutionMaxPool: "made by a pass",
    windows.ConvolutionMaxPoolGradient: "made by a pass",
    windows.PointwiseDepthwise: "made by a pass",
    windows.MaxUnpool: "made by a pass",
    windows.ConvolutionKernelGradient: "only in gradients",
    windows.MaxPoolGradient: "only in gradients",
    windows.AveragePoolGradient: "only in gradients",
    windows.MaxPoolSelect: "only in gradients",
}

WITHOUT_SIGHT = {
    movement.ScatterAdd: "how many elements are seen differs from unit to unit",
    movement.Pack: "only in updates",
    **{op: why for op, why in WITHOUT_ARITHMETIC.items() if op is not ops.ArgMax},
}


WITHOUT_REACH = {
    op: why
    for op, why in WITHOUT_ARITHMETIC.items()
    if op
    not in (
        ops.ArgMax,
        movement.GatherAt,
        movement.ScatterAddAt,
        windows.MaxPoolGradient,
        windows.AveragePoolGradient,
        windows.MaxPoolSelect,
    )
}


def operations() -> set[type[Op]]:
    """Every operation that has no further subclass."""
    found, stack = set[type[Op]](), [Op]
    while stack:
        kinds = stack.pop().__subclasses__()
        found.update(kind for kind in kinds if not kind.__subclasses__())
        stack += kinds
    return {kind for kind in found if kind.__module__.startswith("pellucid.")}


def test_arithmetic() -> None:
    """Each once, in the rules, the movements, the formulas or the exceptions."""
    tables = [set(RULES), set(MOVEMENTS), ATOMS, set(WITHOUT_ARITHMETIC)]
    assert set().union(*tables) == operations()
    assert sum(map(len, tables)) == len(operations())


def test_receptive_fields() -> None:
    """Each has a rule, depends on nothing, or is an exception."""
    leaves = {ops.Input, ops.Parameter, ops.Constant, ops.Literal, ops.RandomUniform}
    tables = [set(sight_rules.RULES), leaves, set(WITHOUT_SIGHT)]
    assert set().union(*tables) == operations()
    assert sum(map(len, tables)) == len(operations())


def test_reach() -> None:
    """What one element depends on: each has a rule, depends on nothing, or is an exception."""
    leaves = {ops.Input, ops.Parameter, ops.Constant, ops.Literal, ops.RandomUniform}
    tables = [set(reach.RULES), leaves, set(WITHOUT_REACH)]
    assert set().union(*tables) == operations()
    assert sum(map(len, tables)) == len(operations())
