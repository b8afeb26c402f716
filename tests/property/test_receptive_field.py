"""What a unit sees: the formula, against following every tap, and against the gradient of a real network."""

from __future__ import annotations

import numpy as np
import pytest
from checks.geometry import check_field, field_of, seen_by
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid import Sequential, layers
from pellucid.engines import ReferenceEngine
from pellucid.geometry import ReceptiveField, output_length, same_padding
from pellucid.graph import Graph, builder, gradient, movement
from pellucid.network import emit_calls, emit_inputs, input_name

stacks = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=4)


@settings(max_examples=200)
@given(stacks, st.lists(st.integers(0, 3), min_size=4, max_size=4), st.integers(0, 5))
def test_field_spans_what_the_taps_reach(stack, paddings, unit):
    paddings = paddings[: len(stack)]
    check_field(field_of(stack, paddings), stack, paddings, unit)


def test_identity_sees_itself():
    assert ReceptiveField().of(7) == (7, 7)


MODELS = {
    "three convolutions": [(3, 1, 1), (3, 1, 1), (3, 1, 1)],
    "strided": [(3, 2, 1), (3, 1, 1)],
    "dilated": [(2, 1, 1), (2, 1, 2), (2, 1, 4)],
    "pooled": [(3, 1, 1), (2, 2, 1), (3, 1, 1), (2, 2, 1)],
}
LENGTH = 40


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("name", MODELS)
def test_gradient_of_a_unit_lives_on_its_field(name, padding):
    """All weights positive, so nothing cancels: the input has influence exactly where a path of taps leads."""
    chain, paddings, sizes, size = [layers.Input((LENGTH, 1))], [], [], LENGTH
    for number, (window, stride, dilation) in enumerate(MODELS[name]):
        options = {"strides": stride, "padding": padding, "name": f"layer{number}"}
        if (window, stride) == (2, 2):
            chain.append(layers.AveragePooling1D(window, **options))
        else:
            chain.append(layers.Conv1D(1, window, dilation_rate=dilation, kernel_initializer="ones", **options))
        pair = same_padding(size, window=window, stride=stride, dilation=dilation) if padding == "same" else (0, 0)
        sizes.append(size)
        size = output_length(size, window=window, stride=stride, dilation=dilation, padding=pair)
        paddings.append(pair[0])
    model = Sequential(chain)
    assert model.output_shape == (None, size, 1)
    field, state = field_of(MODELS[name], paddings), model.runtime.placed().states
    for unit in (0, size // 2, size - 1):
        graph = Graph()
        given = emit_inputs(graph, model.inputs, [(1, LENGTH, 1)])
        [x] = given[model.inputs[0].call]
        [y] = emit_calls(model.network.calls, given)[model.outputs[0].call]
        one = graph.add(movement.Slice(1, unit, unit + 1), y)
        [graph.outputs["gradient"]] = gradient(builder.reduce_sum(one), [x])
        found = ReferenceEngine().prepare(graph).run({input_name(0): np.ones((1, LENGTH, 1))}, state)
        touched = set(np.flatnonzero(found["gradient"]).tolist())
        first, last = field.of(unit)
        assert touched == seen_by(MODELS[name], paddings, unit, sizes)
        assert first <= min(touched) and max(touched) <= last
        if padding == "valid":
            assert (min(touched), max(touched)) == (first, last)
