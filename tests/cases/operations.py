"""A row, or several, for every operation of `graph.ops`; those of `graph.windows` stand in `windowed`."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from cases.rows import Operand, OperationCase
from cases.windowed import LARGE_CONVOLUTIONS, WINDOWED
from pellucid.graph import movement, ops
from pellucid.graph.ops import Shape

_POSITIVE = ("log", "log1p", "sqrt")
_CHOOSING = (
    "negative",
    "absolute",
    "relu",
    "floor",
    "maximum",
    "minimum",
    "greater",
    "greater_equal",
    "equal",
    "where",
)


def _reals(*shapes: Shape) -> tuple[Operand, ...]:
    return tuple(map(Operand, shapes))


def _written(shapes: tuple[Shape, ...]) -> str:
    return " ".join("x".join(map(str, shape)) or "number" for shape in shapes)


_ELEMENTWISE_SHAPES: dict[int, tuple[tuple[Shape, ...], ...]] = {
    1: (((3, 5),), ((),), ((1031,),), ((2, 1, 17),)),
    2: (
        ((4, 7), (4, 7)),
        ((2, 3, 5), (5,)),
        ((4, 1), (1, 6)),
        ((), (3, 4)),
        ((17, 1, 3), ()),
        ((1031,), (1031,)),
    ),
    3: (
        ((4, 7), (4, 7), (4, 7)),
        ((3, 5), (5,), ()),
        ((4, 1), (1, 6), (4, 6)),
        ((2, 1, 3), (3,), (2, 5, 1)),
    ),
}


def _elementwise_operands(function: str, shapes: tuple[Shape, ...]) -> tuple[Operand, ...]:
    kinds = ["positive" if function in _POSITIVE else "real"] * len(shapes)
    if function == "divide":
        kinds[1] = "positive"
    elif function == "where":
        kinds[0] = "binary"
    elif function == "power":
        kinds[0] = "positive"
    return tuple(map(Operand, shapes, kinds))


def _elementwise() -> list[OperationCase]:
    rows = [
        OperationCase(
            f"{function} {_written(shapes)}",
            "selection" if function in _CHOOSING else "elementwise",
            ops.Elementwise(function),
            _elementwise_operands(function, shapes),
        )
        for function, arity in ops.ARITY.items()
        for shapes in _ELEMENTWISE_SHAPES[arity]
    ]
    ties = (Operand((5, 33), "integer"), Operand((5, 33), "integer"))
    for function in ("maximum", "minimum", "greater", "greater_equal", "equal"):
        rows.append(OperationCase(f"{function} with ties", "selection", ops.Elementwise(function), ties))
    return rows


_REDUCTIONS: tuple[tuple[Shape, tuple[int, ...]], ...] = (
    ((5, 6, 7), (0,)),
    ((5, 6, 7), (1,)),
    ((5, 6, 7), (2,)),
    ((5, 6, 7), (0, 1)),
    ((5, 6, 7), (1, 2)),
    ((5, 6, 7), (0, 1, 2)),
    ((3, 1000), (1,)),
    ((1000, 3), (0,)),
    ((1, 17), (0,)),
    ((4, 1, 3), (1,)),
    ((1,), (0,)),
    ((4099,), (0,)),
)


def _reductions() -> list[OperationCase]:
    rows = []
    for op, family in ((ops.ReduceSum, "reduction"), (ops.ReduceMax, "selection")):
        for shape, axes in _REDUCTIONS:
            name = f"{op.__name__} of {_written((shape,))} along {axes}"
            rows.append(OperationCase(name, family, op(axes), _reals(shape)))
    return rows


_BATCHES: tuple[tuple[Shape, int, int, int], ...] = (
    ((3,), 5, 7, 4),
    ((2, 3), 4, 1, 6),
    ((1,), 6, 5, 3),
    ((70,), 3, 2, 5),
    ((2,), 17, 33, 65),
)
_LARGE_BATCHES: tuple[tuple[Shape, int, int, int], ...] = (
    ((3000,), 3, 4, 5),
    ((40,), 50, 30, 64),
    ((3,), 257, 300, 130),
    ((2,), 5, 3, 2000),
)
_LARGE_PRODUCTS = ((128, 10, 1000), (128, 128, 9216), (300, 257, 130))
_PRODUCTS = ((5, 7, 3), (1, 1, 1), (17, 33, 65), (64, 64, 64), (1, 100, 7), (7, 1, 5), (33, 10, 300), (130, 3, 2))


def _products(sizes: Iterable[tuple[int, int, int]]) -> list[OperationCase]:
    rows = []
    for m, n, k in sizes:
        for ta in (False, True):
            for tb in (False, True):
                name = f"matmul {m}x{k}{'t' * ta} {k}x{n}{'t' * tb}"
                shapes = ((k, m) if ta else (m, k)), ((n, k) if tb else (k, n))
                rows.append(OperationCase(name, "matmul", ops.Matmul(ta, tb), _reals(*shapes)))
    return rows


def _batches(sizes: Iterable[tuple[Shape, int, int, int]]) -> list[OperationCase]:
    rows = []
    for batch, m, n, k in sizes:
        for ta in (False, True):
            for tb in (False, True):
                name = f"matmul of {_written((batch,))} times {m}x{k}{'t' * ta} {k}x{n}{'t' * tb}"
                shapes = (*batch, *((k, m) if ta else (m, k))), (*batch, *((n, k) if tb else (k, n)))
                rows.append(OperationCase(name, "matmul", ops.Matmul(ta, tb), _reals(*shapes)))
    return rows


def _movement(name: str, op: ops.Op, *shapes: Shape) -> OperationCase:
    return OperationCase(name, "movement", op, _reals(*shapes))


_MOVEMENTS = (
    _movement("reshape to a row", movement.Reshape((30,)), (2, 3, 5)),
    _movement("reshape to a number", movement.Reshape(()), (1, 1)),
    _movement("reshape to more axes", movement.Reshape((2, 1, 9, 1)), (18,)),
    _movement("stop gradient", movement.StopGradient(), (3, 4)),
    _movement("broadcast rows", movement.BroadcastTo((4, 3)), (1, 3)),
    _movement("broadcast to new axes", movement.BroadcastTo((2, 5, 3)), (3,)),
    _movement("broadcast a number", movement.BroadcastTo((3, 4)), ()),
    _movement("broadcast the middle", movement.BroadcastTo((2, 4, 3)), (2, 1, 3)),
    _movement("broadcast both ends", movement.BroadcastTo((3, 17, 5)), (1, 17, 1)),
    _movement("transpose a matrix", movement.Transpose((1, 0)), (5, 17)),
    _movement("transpose channels last", movement.Transpose((0, 2, 3, 1)), (2, 3, 4, 5)),
    _movement("transpose channels first", movement.Transpose((0, 4, 1, 2, 3)), (2, 2, 3, 2, 7)),
    _movement("transpose to the same", movement.Transpose((0, 1, 2)), (3, 2, 4)),
    _movement("transpose in reverse", movement.Transpose((4, 3, 2, 1, 0)), (2, 3, 1, 4, 2)),
    _movement("concatenate rows", movement.Concatenate(0), (2, 3), (1, 3), (4, 3)),
    _movement("concatenate the middle", movement.Concatenate(1), (2, 1, 3), (2, 5, 3)),
    _movement("concatenate channels", movement.Concatenate(3), (2, 3, 3, 1), (2, 3, 3, 17)),
    _movement("concatenate one", movement.Concatenate(0), (7,)),
    _movement("slice rows", movement.Slice(0, 1, 3), (5, 4)),
    _movement("slice columns", movement.Slice(1, 0, 1), (5, 4)),
    _movement("slice everything", movement.Slice(2, 0, 7), (2, 3, 7)),
    _movement("slice the end of a row", movement.Slice(0, 1, 40), (40,)),
    _movement("pad rows", movement.Pad(0, 2, 1), (3, 4)),
    _movement("pad columns after", movement.Pad(1, 0, 3), (3, 4)),
    _movement("pad the middle", movement.Pad(1, 1, 1), (2, 3, 5)),
    _movement("pad with nothing", movement.Pad(0, 0, 0), (5,)),
    _movement("pack aligned with gaps", movement.Pack((0, 32), 64), (3, 7), (5,)),
    _movement("pack unaligned", movement.Pack((1, 9, 30), 31), (2, 4), (3, 7), ()),
    _movement("pack one", movement.Pack((0,), 6), (6,)),
)

_LISTS: tuple[tuple[str, Shape, int, list[int]], ...] = (
    ("rows", (5, 3), 0, [4, 0, 0, 2]),
    ("columns", (5, 3), 1, [2, -1, 0, 1, 2, 2]),
    ("the middle", (2, 4, 3, 2), 1, [3, 2, 1, 0]),
    ("wide rows", (2, 3, 40), 1, [1, -1, 1]),
    ("nothing", (3, 4), 1, [-1, -1]),
    ("one element", (7,), 0, [3]),
    ("channels", (2, 3, 17), 2, [*range(16, -1, -1), *range(17)]),
    ("reflected", (1, 6, 5, 3), 1, [2, 1, 0, 1, 2, 3, 4, 5, 4, 3]),
    ("beyond one item", (3, 100, 90), 1, [*range(99, -1, -1), 5, 5, -1]),
)


def _indexed() -> list[OperationCase]:
    """Gathering from a shape, and scattering what was gathered back into it."""
    rows = []
    for name, shape, axis, indices in _LISTS:
        gather, scatter = (
            movement.Gather(axis, np.array(indices)),
            movement.ScatterAdd(axis, np.array(indices), shape[axis]),
        )
        (gathered,) = gather.output_shapes(shape)
        rows.append(OperationCase(f"gather {name}", "movement", gather, _reals(shape)))
        rows.append(OperationCase(f"scatter {name}", "reduction", scatter, _reals(gathered)))
    return rows


_INDICES = (
    OperationCase("arg max of rows", "selection", ops.ArgMax(), _reals((5, 7))),
    OperationCase("arg max with ties", "selection", ops.ArgMax(), (Operand((4, 3, 40), "integer"),)),
    OperationCase("arg max of one row", "selection", ops.ArgMax(), _reals((70,))),
    OperationCase("arg max of one column", "selection", ops.ArgMax(), _reals((6, 1))),
    OperationCase("one-hot of a row", "selection", ops.OneHot(4), (Operand((6,), "label"),)),
    OperationCase("one-hot of a matrix", "selection", ops.OneHot(10), (Operand((2, 3), "label"),)),
    OperationCase("one-hot of a number", "selection", ops.OneHot(5), (Operand((), "label"),)),
    OperationCase("one-hot that is too short", "selection", ops.OneHot(2), (Operand((9,), "label"),)),
)

_PLACES = (
    ("rows", (2, 4, 3), 5),
    ("numbers", (3, 7), 4),
    ("maps", (1, 6, 2, 5), 9),
    ("wide rows", (2, 3, 70), 2),
    ("few rows: places beyond them", (2, 2, 3), 8),
    ("beyond one item", (2, 4, 90), 400),
)


def _at_places() -> list[OperationCase]:
    """Gathering by places that are numbers of the graph, and scattering to them."""
    rows = []
    for name, shape, count in _PLACES:
        places = Operand((shape[0], count), "label")
        rows.append(
            OperationCase(f"gather {name} at places", "movement", movement.GatherAt(), (Operand(shape), places))
        )
        moved = Operand((shape[0], count, *shape[2:]))
        scatter = movement.ScatterAddAt(shape[1])
        rows.append(OperationCase(f"scatter {name} to places", "reduction", scatter, (moved, places)))
    return rows


_LEAVES = (
    OperationCase("input", "movement", ops.Input((3, 5), "image")),
    OperationCase("input of a number", "movement", ops.Input((), "rate")),
    OperationCase("parameter", "movement", ops.Parameter((3, 5), "weights", 32)),
    OperationCase("constant", "movement", ops.Constant(0.75)),
    OperationCase("array of constants", "movement", ops.Literal(np.arange(12.0).reshape(3, 4) - 5.5)),
    OperationCase("one constant as an array", "movement", ops.Literal(np.array(0.75))),
    OperationCase("update", "movement", ops.Update("weights", 16), _reals((3, 5))),
    OperationCase("update of a number", "movement", ops.Update("weights", 3), _reals(())),
    OperationCase("random numbers", "random", ops.RandomUniform((100,), 0)),
    OperationCase("a random number", "random", ops.RandomUniform((), 3)),
    OperationCase("random block", "random", ops.RandomUniform((3, 5, 67), 2**31 + 5)),
)


def _step(function: str, *operands: int) -> ops.Step:
    return ops.Step(function, operands)


_CHAINS = (
    OperationCase(
        "chain x * y + x",
        "elementwise",
        ops.Chain((4, 7), (_step("multiply", 0, 1), _step("add", 2, 0)), (1,)),
        _reals((4, 7), (4, 7)),
    ),
    OperationCase(
        "chain with two results",
        "elementwise",
        ops.Chain((3, 33), (_step("tanh", 0), _step("multiply", 2, 1), _step("exp", 2)), (0, 2)),
        _reals((3, 33), (33,)),
    ),
    OperationCase(
        "chain of broadcasts",
        "elementwise",
        ops.Chain((2, 3, 5), (_step("subtract", 0, 1), _step("sigmoid", 3), _step("where", 2, 4, 0)), (2,)),
        (Operand((2, 3, 5)), Operand((3, 1)), Operand((), "binary")),
    ),
    OperationCase(
        "chain of numbers", "elementwise", ops.Chain((), (_step("exp", 0), _step("relu", 1)), (1,)), _reals(())
    ),
    OperationCase(
        "chain over more than one block",
        "elementwise",
        ops.Chain((9001,), (_step("absolute", 0), _step("sqrt", 1), _step("divide", 2, 0)), (2,)),
        _reals((9001,)),
    ),
    *(
        OperationCase(
            f"chain with sums of {_written((shape,))}",
            "reduction",
            ops.Chain(shape, (_step("subtract", 0, 1), _step("multiply", 2, 2)), results, sums),
            _reals(shape, shape[-1:]),
        )
        for shape, results, sums in (
            ((2, 3, 1), (), (3,)),
            ((5, 4), (0,), (2, 3)),
            ((7, 9, 8), (1,), (0, 3)),
            ((3, 5, 5, 16), (), (3, 2)),
            ((2, 70, 64), (0, 1), (3, 3, 0)),
            ((3, 91, 128), (0,), (2,)),
            ((300, 256), (), (2, 3)),
        )
    ),
)

OPERATIONS: tuple[OperationCase, ...] = (
    *_elementwise(),
    *_reductions(),
    *_products(_PRODUCTS),
    *_batches(_BATCHES),
    *_MOVEMENTS,
    *_indexed(),
    *_INDICES,
    *_at_places(),
    *_LEAVES,
    *_CHAINS,
    *WINDOWED,
)
"""Every operation, by `cases.rows.OperationCase`."""

LARGE: tuple[OperationCase, ...] = (*_products(_LARGE_PRODUCTS), *_batches(_LARGE_BATCHES), *LARGE_CONVOLUTIONS)
"""Sizes as real networks have them, for exact comparison only."""
