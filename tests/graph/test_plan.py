"""Where tensors live: nobody reads what is not there, memory is reused, updates come after every read of old values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cases.compositions import COMPOSITIONS
from cases.layers import LAYERS
from cases.models import branched_cnn, compiled, frozen_cnn, images, shared_cnn, small_cnn
from cases.operations import OPERATIONS
from checks.plan import check_plan
from checks.problem import make_problem
from checks.states import run_on
from checks.training import make_step

from pellucid import optimizers
from pellucid.engines import NativeEngine, ReferenceEngine
from pellucid.graph import Graph, Tensor, builder, make_plan, movement, ops, optimize
from pellucid.graph.plan import ALIGNMENT, ARENA
from pellucid.network import forward_graph

CASES = (*OPERATIONS, *COMPOSITIONS, *LAYERS)
OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.1),
    "momentum": lambda: optimizers.SGD(0.1, momentum=0.9),
    "nesterov": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "rmsprop": lambda: optimizers.RMSprop(momentum=0.9, centered=True),
    "adam": lambda: optimizers.Adam(),
}
MODELS = {"small": lambda: small_cnn(dropout=0.5), "branched": branched_cnn, "shared": shared_cnn, "frozen": frozen_cnn}


def training(model: str, optimizer: str) -> Graph:
    """The graph of a whole training step, as it is built."""
    made = compiled(MODELS[model](), ReferenceEngine(), OPTIMIZERS[optimizer]())
    return make_step(made, images(4), made.optimizer).graph


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_plan_of_every_case(case):
    problem = make_problem(case)
    if problem.is_differentiable:
        problem.add_gradients()
    check_plan(make_plan(optimize(problem.graph)))


@pytest.mark.parametrize("model", MODELS)
def test_plan_of_a_prediction(model):
    plan = make_plan(optimize(forward_graph(MODELS[model]().network, [(4, 8, 7, 2)])))
    check_plan(plan)
    assert plan.fixed


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("model", MODELS)
def test_plan_of_a_training_step(model, optimizer):
    plan = make_plan(optimize(training(model, optimizer)))
    check_plan(plan)
    assert not plan.copies, "a training step ends without a copy: new weights are computed where they belong"


@pytest.mark.parametrize("model", MODELS)
def test_memory_is_reused(model):
    plan = make_plan(optimize(training(model, "adam")))
    places = [
        (plan.places[node, tensor.index], math.prod(tensor.shape))
        for node in plan.graph.nodes
        if not isinstance(node.op, movement.Alias)
        for tensor in node.outputs
        if (node, tensor.index) in plan.places
    ]
    in_arena = [(place, size) for place, size in places if place.base == ARENA]
    needed = sum(-(-size // ALIGNMENT) * ALIGNMENT for _, size in in_arena)
    assert plan.arena_size < 0.8 * needed
    assert plan.arena_size >= max(place.offset + size for place, size in in_arena)
    assert all(place.offset % ALIGNMENT == 0 for place, _ in in_arena)


# ---- updates and the old values of a state ----


def state_graph() -> tuple[Graph, Tensor]:
    """A graph with a state of 48 elements, and the tensor of its first 32."""
    graph = Graph()
    return graph, graph.leaf(ops.Parameter((32,), "state", 0))


def read_before(graph: Graph, old: Tensor) -> None:
    """The new value is computed after the last read: it may overwrite the old one."""
    graph.outputs["sum"] = builder.reduce_sum(old)
    graph.apply(ops.Update("state", 0), builder.tanh(old))


def read_after(graph: Graph, old: Tensor) -> None:
    """A node behind the new value reads the old one."""
    graph.apply(ops.Update("state", 0), builder.tanh(old))
    graph.outputs["sum"] = builder.reduce_sum(old)


def read_after_and_needs_the_new(graph: Graph, old: Tensor) -> None:
    """A later node reads both: no other order of the nodes helps."""
    new = builder.exp(old)
    graph.apply(ops.Update("state", 0), new)
    matrices = [builder.reshape(tensor, (4, 8)) for tensor in (new, old)]
    graph.outputs["product"] = builder.matmul(matrices[0], matrices[1], transpose_b=True)


def read_through_a_reshape(graph: Graph, old: Tensor) -> None:
    """The late read sees the old value under another shape."""
    view = builder.reshape(old, (8, 4))
    new = old * 2.0
    graph.apply(ops.Update("state", 0), new)
    graph.outputs["product"] = builder.matmul(view, builder.reshape(new, (4, 8)))


def old_value_is_an_output(graph: Graph, old: Tensor) -> None:
    """The old value is asked for."""
    graph.outputs["old"] = old
    graph.apply(ops.Update("state", 0), old + 1.0)


def both_values_are_outputs(graph: Graph, old: Tensor) -> None:
    """The old value and the new one are asked for."""
    new = old + 1.0
    graph.outputs |= {"new": new, "old": old}
    graph.apply(ops.Update("state", 0), new)


def shifted_window(graph: Graph, old: Tensor) -> None:
    """Each element becomes the one 16 places before: not element by element in place."""
    graph.apply(ops.Update("state", 16), old * 1.0)


def swapped_halves(graph: Graph, old: Tensor) -> None:
    """Two updates, each with the old value of the other's place."""
    first = graph.leaf(ops.Parameter((16,), "state", 0))
    second = graph.leaf(ops.Parameter((16,), "state", 16))
    graph.apply(ops.Update("state", 0), second)
    graph.apply(ops.Update("state", 16), first)


def crossed_halves(graph: Graph, old: Tensor) -> None:
    """The same with something computed on the way."""
    first = graph.leaf(ops.Parameter((16,), "state", 0))
    second = graph.leaf(ops.Parameter((16,), "state", 16))
    graph.apply(ops.Update("state", 0), second * 2.0)
    graph.apply(ops.Update("state", 16), first * 3.0)


def packed(graph: Graph, old: Tensor) -> None:
    """The new value is packed of parts; a late part reads where an early part will lie."""
    x = graph.add(ops.Input((16,), "x"))
    early = builder.exp(x)
    total = builder.reduce_sum(early, keepdims=True)  # comes behind the early part
    late = builder.reduce_sum(builder.reshape(old, (16, 2)) * total, [1])
    graph.apply(ops.Update("state", 0), builder.pack([early, late], [0, 16], 32))


def half_of_it(graph: Graph, old: Tensor) -> None:
    """A part of the state is updated from the whole."""
    half = graph.add(movement.Slice(0, 8, 24), old)
    graph.apply(ops.Update("state", 8), half + builder.reduce_sum(old))
    graph.outputs["sum"] = builder.reduce_sum(old * old)


def one_value_twice(graph: Graph, old: Tensor) -> None:
    """One new value goes to two places."""
    half = graph.add(movement.Slice(0, 0, 16), old) * 0.5
    graph.apply(ops.Update("state", 0), half)
    graph.apply(ops.Update("state", 32), half)


def constant(graph: Graph, old: Tensor) -> None:
    """A number is written, and the old one read."""
    graph.apply(ops.Update("state", 5), graph.constant(7.0))
    graph.outputs["sum"] = builder.reduce_sum(old)


def new_value_feeds_a_chain(graph: Graph, old: Tensor) -> None:
    """What is computed from the new value must not overwrite it."""
    new = builder.exp(old)
    graph.apply(ops.Update("state", 0), new)
    graph.outputs["sum"] = builder.reduce_sum(builder.tanh(new + builder.reduce_sum(new)))


def part_of_a_pack_outlives_it(graph: Graph, old: Tensor) -> None:
    """A chain may overwrite the packed whole where it lies, but not the part inside that is still to be written."""
    x = graph.add(ops.Input((16,), "x"))
    part = builder.tanh(x)
    whole = builder.pack([x, part], [0, 16], 32)
    graph.outputs["sum"] = whole + whole
    graph.apply(ops.Update("state", 0), part)


def unchanged(graph: Graph, old: Tensor) -> None:
    """An update that changes nothing."""
    graph.apply(ops.Update("state", 0), old)


def moved_along(graph: Graph, old: Tensor) -> None:
    """Old values, as they are, go to places that they overlap."""
    graph.apply(ops.Update("state", 4), old)


def array_is_written(graph: Graph, old: Tensor) -> None:
    """A constant array is written as it is, and read besides."""
    array = builder.literal(graph, np.linspace(1, 2, 32))
    graph.apply(ops.Update("state", 0), array)
    graph.outputs |= {"sum": builder.reduce_sum(old * array), "array": array}


BUILDERS = [
    read_before,
    read_after,
    read_after_and_needs_the_new,
    read_through_a_reshape,
    old_value_is_an_output,
    both_values_are_outputs,
    shifted_window,
    swapped_halves,
    crossed_halves,
    packed,
    part_of_a_pack_outlives_it,
    unchanged,
    moved_along,
    half_of_it,
    one_value_twice,
    constant,
    array_is_written,
    new_value_feeds_a_chain,
]

each_builder = pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)


@each_builder
def test_updates_take_effect_after_every_read(build):
    graph, old = state_graph()
    build(graph, old)
    check_plan(make_plan(optimize(graph)))


@each_builder
def test_engines_agree_on_updates(build):
    graph, old = state_graph()
    build(graph, old)
    results = []
    for engine in (ReferenceEngine(), NativeEngine()):
        state = {"state": np.linspace(-1, 1, 48).astype(engine.dtype)}
        program = engine.prepare(graph)
        outputs = {}
        for step in range(2):
            run = run_on(program, {"x": np.linspace(0, 1, 16).astype(engine.dtype)}, state, step=step)
            outputs |= {f"{name} {step}": value for name, value in run.items()}
        results.append(outputs | state)
    for name, expected in results[0].items():
        np.testing.assert_allclose(results[1][name], expected, rtol=1e-5, atol=1e-5, err_msg=name)


def test_an_update_is_made_in_place_where_it_can_be():
    graph, old = state_graph()
    read_before(graph, old)
    assert make_plan(optimize(graph)).copies == ()


def test_an_update_is_copied_where_it_must_be():
    graph, old = state_graph()
    read_after_and_needs_the_new(graph, old)
    assert [copy.target.base for copy in make_plan(optimize(graph)).copies] == ["state:state"]


def test_what_a_pack_holds_is_not_written_over_by_a_chain_behind_it():
    """The sums could be packed where they are computed, and their negatives be computed there, but not both."""
    graph = Graph()
    x = graph.add(ops.Input((7, 5), "x"))
    sums = builder.reduce_sum(x, (0,))
    packed = builder.pack([sums, builder.reduce_max(x, (0,))], [0, 16], 21)
    negative = graph.add(ops.Chain((5,), (ops.Step("negative", (0,)),), (0,)), sums)
    graph.outputs["y"] = graph.add(ops.Matmul(), builder.reshape(negative, (1, 5)), builder.reshape(negative, (5, 1)))
    graph.apply(ops.Update("state", 0), packed)
    check_plan(make_plan(graph))
    results = []
    for engine in (ReferenceEngine(), NativeEngine()):
        state = {"state": np.zeros(21, engine.dtype)}
        run_on(engine.prepare(graph), {"x": np.arange(35.0).reshape(7, 5)}, state)
        results.append(state["state"])
    np.testing.assert_array_equal(*results)
