"""Each harness must notice when an engine is wrong: else its passing would prove nothing.

First every harness is run on the sound engine, then on engines that are broken in one way each (`broken`), then other
parts than engines are broken: rules of differentiation, the planner, a pass, a layer, geometry, loading.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from cases.compositions import COMPOSITIONS
from cases.layers import LAYERS
from cases.models import compiled, images, small_cnn
from cases.operations import OPERATIONS
from cases.rows import Case, CompositionCase, Operand
from cases.windowed import CONVOLUTIONS, POOLINGS
from checks.exact import EXACT_FAMILIES, check_exact
from checks.geometry import check_field, check_output_length, check_same_padding, field_of
from checks.gradients import check_gradient
from checks.kinks import KINKS, check_kink
from checks.mismatch import Mismatch
from checks.parity import check_parity, check_passes
from checks.plan import check_plan
from checks.problem import make_problem
from checks.promises import check_dropout_keeps_the_mean, check_momentum, check_softmax
from checks.round_trip import check_round_trip
from checks.training import check_model_gradient, check_threads, check_training, make_step
from checks.windows import check_convolution, check_equivariant, check_linear, check_pooling
from sabotage.broken import SABOTAGES, BrokenEngine, Sabotage

from pellucid import geometry, load_model, optimizers
from pellucid.engines import Engine, ReferenceEngine
from pellucid.geometry import ReceptiveField
from pellucid.graph import Graph, builder, gradients, make_plan, ops, optimize, passes, windows
from pellucid.graph.plan import ARENA, Place
from pellucid.layers import Dropout

SOUND = ReferenceEngine()


def _named(*parts: str) -> list[Case]:
    """The cases whose names hold all words of one of the parts, the first of each part."""
    cases = (*OPERATIONS, *COMPOSITIONS, *LAYERS)
    return [next(case for case in cases if all(word in case.name for word in part.split(" + "))) for part in parts]


CASES = _named(
    "2-D 3x3 same, + with bias and relu",
    "2-D 4x3 uneven and strided, + forward",
    "2-D dilated, + forward",
    "2-D two groups, + forward",
    "2-D 3x3 valid, + input gradient",
    "2-D 3x3 valid, + kernel gradient",
    "max pool gradient 2-D 3x3 same",
    "max pool 2-D 3x3 same",
    "average pool 2-D 3x3 same",
    "matmul 5x3 3x7",
    "matmul of 3 + 5x4",
    "gather columns",
    "scatter columns",
    "gather maps at places",
    "max pool select 2-D 3x3 same",
    "power 4x7",
    "concatenate rows",
    "Conv2D + (3, 2) + padding='same', activation='relu'",
    "MaxPooling2D + padding='same'",
    "softmax",
    "ReduceMax",
    "residual convolution",
)
DIFFERENTIABLE = [case for case in CASES if make_problem(case).is_differentiable]
WHOLE = [case for case in CASES if case.family in EXACT_FAMILIES and case in OPERATIONS]
GEOMETRIES = [CONVOLUTIONS[i] for i in (2, 8, 17, 20, 29)]
VALID = [case for case in CONVOLUTIONS if not case.padding][:4]


def _model_gradient(engine: Engine) -> None:
    check_model_gradient(compiled(small_cnn(), SOUND, optimizers.SGD()), images(4), engine)


def _training(engine: Engine) -> None:
    def make(chosen: Engine) -> object:
        return compiled(small_cnn(dropout=0.25), chosen, optimizers.SGD(0.05, momentum=0.9))

    check_training(make, images(6), SOUND, engine, steps=3)


def _definition(engine: Engine) -> None:
    for case in GEOMETRIES:
        check_convolution(case, engine)
    for case in POOLINGS:
        check_pooling(case, engine)


HARNESSES: dict[str, Callable[[Engine], object]] = {
    "gradient": lambda engine: [check_gradient(case, engine) for case in DIFFERENTIABLE],
    "parity": lambda engine: [check_parity(case, SOUND, as_float32(engine)) for case in CASES],
    "exact": lambda engine: [check_exact(case, SOUND, engine) for case in WHOLE],
    "kinks": lambda engine: [check_kink(kink, engine) for kink in KINKS],
    "definition": _definition,
    "linear": lambda engine: [check_linear(case, engine) for case in GEOMETRIES],
    "equivariant": lambda engine: [check_equivariant(case, 0, engine) for case in VALID],
    "softmax": check_softmax,
    "dropout": lambda engine: check_dropout_keeps_the_mean(0.3, engine),
    "momentum": check_momentum,
    "model gradient": _model_gradient,
    "training": _training,
}


class as_float32:
    """An engine whose inputs and outputs are rounded to float32, as those of the engines that are judged by parity."""

    name, dtype = "rounded", np.dtype(np.float32)

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def prepare(self, graph: object) -> as_float32:
        """See `Engine.prepare`."""
        self._program = self._engine.prepare(graph)
        return self

    def run(self, *args: object, **options: int) -> dict[str, np.ndarray]:
        """See `Program.run`."""
        return {name: array.astype(np.float32) for name, array in self._program.run(*args, **options).items()}


@pytest.mark.parametrize("harness", HARNESSES)
def test_harness_passes_the_sound_engine(harness):
    HARNESSES[harness](SOUND)


@pytest.mark.parametrize(
    ("sabotage", "harness"),
    [pytest.param(s, harness, id=f"{s.name}, {harness}") for s in SABOTAGES for harness in s.caught_by],
)
def test_harness_notices_a_broken_engine(sabotage: Sabotage, harness: str):
    with pytest.raises(Mismatch):
        HARNESSES[harness](BrokenEngine(sabotage))


def test_every_harness_is_tried():
    assert {harness for sabotage in SABOTAGES for harness in sabotage.caught_by} == set(HARNESSES)


# ---- what else can be broken ----


def wrong_rule(monkeypatch: pytest.MonkeyPatch, function: str, rule: Callable[..., object]) -> None:
    """Put a wrong derivative into the table."""
    monkeypatch.setitem(gradients._DERIVATIVES, function, rule)


@pytest.mark.parametrize(
    ("function", "rule"),
    [
        ("tanh", lambda g, y, a: [g * (1.0 - y)]),
        ("power", lambda g, y, a, b: [g * builder.power(a, b - 1.0), g * y * builder.log(a)]),
        ("erf", lambda g, y, a: [g * builder.exp(-(a * a))]),
        ("log1p", lambda g, y, a: [g / a]),
        ("expm1", lambda g, y, a: [g * y]),
        ("cos", lambda g, y, a: [g * builder.sin(a)]),
        ("sqrt", lambda g, y, a: [g / y]),
        ("divide", lambda g, y, a, b: [g / b, g * y / b]),
        ("relu", lambda g, y, a: [g]),
        ("where", lambda g, y, c, a, b: [None, g, g]),
        ("multiply", lambda g, y, a, b: [g * a, g * b]),
    ],
)
def test_gradients_notice_a_wrong_derivative(function, rule, monkeypatch):
    (case,) = [case for case in OPERATIONS if case.op == ops.Elementwise(function)][:1]
    check_gradient(case, SOUND)
    wrong_rule(monkeypatch, function, rule)
    with pytest.raises(Mismatch, match="the gradient says"):
        check_gradient(case, SOUND)


def test_kinks_notice_a_tie_that_goes_to_the_second(monkeypatch):
    first = "maximum: the first of two equals"
    (kink,) = [kink for kink in KINKS if kink.name == first]
    wrong_rule(
        monkeypatch,
        "maximum",
        lambda g, y, a, b: [builder.where(builder.greater(a, b), g, 0.0), builder.where(builder.greater(a, b), 0.0, g)],
    )
    with pytest.raises(Mismatch, match=first):
        check_kink(kink, SOUND)


def test_gradients_notice_a_kink_in_the_way():
    """A difference across a kink is no slope: the check says so instead of comparing it."""
    case = CompositionCase("bent", "elementwise", lambda x: builder.relu(x - 0.25), (Operand((5,)),))
    (low, high), count = (-1.0, 1.5), 5
    assert 0.25 in (np.arange(count) + 0.5) / count * (high - low) + low
    with pytest.raises(AssertionError, match="a kink lies in the way"):
        check_gradient(case, SOUND)


def test_passes_notice_a_wrong_fusion(monkeypatch):
    """A fusion that applies ReLU where there is none, and none where there is one."""
    (case,) = [case for case in CASES if case.name == "residual convolution"]
    right = passes.fuse_convolution

    def wrong(graph):
        fused = right(graph)
        for node in fused.nodes:
            if isinstance(node.op, windows.FusedConvolution):
                object.__setattr__(node, "op", dataclasses.replace(node.op, relu=not node.op.relu))
        return fused

    check_passes(case, SOUND)
    monkeypatch.setattr(passes, "fuse_convolution", wrong)
    with pytest.raises(Mismatch, match="residual convolution"):
        check_passes(case, SOUND)


def training_plan():
    """The plan of a whole training step."""
    model = compiled(small_cnn(), SOUND, optimizers.Adam())
    return make_plan(optimize(make_step(model, images(3), model.optimizer).graph))


def at_one_place(plan):
    """Everybody begins where the arena begins."""
    places = {key: Place(ARENA, 0) if place.base == ARENA else place for key, place in plan.places.items()}
    return dataclasses.replace(plan, places=places)


def pushed_together(plan):
    """The arena is made of pieces that are half as far apart."""
    places = {
        key: Place(ARENA, place.offset // 2) if place.base == ARENA else place for key, place in plan.places.items()
    }
    return dataclasses.replace(plan, places=places)


def too_small(plan):
    """Less memory than the tensors need."""
    return dataclasses.replace(plan, arena_size=plan.arena_size // 2)


@pytest.mark.parametrize("wrong", [at_one_place, pushed_together, too_small])
def test_the_plan_check_notices_misplaced_tensors(wrong):
    plan = training_plan()
    check_plan(plan)
    with pytest.raises(Mismatch):
        check_plan(wrong(plan))


def late_read_plan():
    """The plan of a new state value that may not be put in place, since the old one is read with it later."""
    graph = Graph()
    old = graph.leaf(ops.Parameter((16,), "state", 0))
    new = builder.exp(old)
    graph.apply(ops.Update("state", 0), new)
    graph.outputs["both"] = builder.matmul(builder.reshape(new, (1, 16)), builder.reshape(old, (16, 1)))
    return make_plan(optimize(graph))


def test_the_plan_check_notices_an_update_that_comes_too_early():
    plan = late_read_plan()
    check_plan(plan)
    (copy,) = plan.copies
    places = {key: copy.target if place == copy.source else place for key, place in plan.places.items()}
    with pytest.raises(Mismatch, match="no longer"):
        check_plan(dataclasses.replace(plan, places=places, copies=()))


def test_the_plan_check_notices_a_forgotten_copy():
    with pytest.raises(Mismatch, match="does not arrive"):
        check_plan(dataclasses.replace(late_read_plan(), copies=()))


def test_dropout_notices_a_mask_that_is_not_scaled(monkeypatch):
    def call(self, x):
        draw = builder.random_uniform(x.graph, x.shape, x.graph.next_stream())
        return builder.where(builder.greater_equal(draw, self.rate), x, 0.0)

    monkeypatch.setattr(Dropout, "call", call)
    with pytest.raises(Mismatch, match="not scaled"):
        check_dropout_keeps_the_mean(0.3, SOUND)


def test_threads_notice_a_model_that_depends_on_them():
    threads = [0]

    def make():
        return compiled(small_cnn(seed=threads[-1]), SOUND, optimizers.SGD(0.1))

    with pytest.raises(Mismatch, match="number of threads"):
        check_threads(make, images(4), threads.append, 1)


def extra_zero_before(*args, **options):
    """Same padding as other frameworks have it."""
    return geometry.same_padding(*args, **options)[::-1]


def one_zero_more(*args, **options):
    """Same padding with a zero too many."""
    before, after = geometry.same_padding(*args, **options)
    return before, after + 1


@pytest.mark.parametrize("wrong", [extra_zero_before, one_zero_more, lambda *args, **options: (0, 0)])
def test_geometry_notices_wrong_padding(wrong):
    with pytest.raises(Mismatch):
        check_same_padding(wrong)


def test_geometry_notices_a_wrong_length():
    def rounded_up(size, *, window, stride, dilation, padding):
        return -(-(size + sum(padding) - (window - 1) * dilation - 1) // stride) + 1

    with pytest.raises(Mismatch):
        check_output_length(rounded_up, (8, 3, 2, 1), (0, 0))


@pytest.mark.parametrize("wrong", [{"size": 1}, {"jump": 1}, {"start": -1}])
def test_geometry_notices_a_wrong_field(wrong):
    stack, paddings = [(3, 2, 1), (2, 1, 2)], [1, 0]
    field = field_of(stack, paddings)
    check_field(field, stack, paddings, 3)
    changed = {name: getattr(field, name) + change for name, change in wrong.items()}
    with pytest.raises(Mismatch):
        check_field(dataclasses.replace(field, **changed), stack, paddings, 3)
    assert field == ReceptiveField(size=7, jump=2, start=-1)


def test_the_round_trip_notices_a_changed_bit(tmp_path):
    def load(path):
        model = load_model(path)
        kernel = model.weights[0]
        kernel.assign(np.nextafter(kernel.numpy(), np.float32(np.inf)))
        return model

    with pytest.raises(Mismatch, match="first/kernel differs"):
        check_round_trip(small_cnn(), tmp_path, load)
