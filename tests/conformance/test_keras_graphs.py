"""Networks of random shape in both libraries: the same order of layers, the same predictions, files in both directions.

Branches, merges, layers used several times, several inputs and outputs are drawn by Hypothesis. All feature maps have
6x6 places, so that any two can be joined.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from keras_oracle import check_close
from networks import outputs, samples

import pellucid

SIZE = 6


@dataclass(frozen=True)
class Step:
    """One layer call: what, with which options, on which earlier tensors; `again` names an earlier step's layer."""

    kind: str
    options: tuple[tuple[str, Any], ...]
    sources: tuple[int, ...]
    again: int | None = None


@dataclass(frozen=True)
class Plan:
    """A network: channels of the inputs, steps, and which tensors are the outputs."""

    inputs: tuple[int, ...]
    steps: tuple[Step, ...]
    ends: tuple[int, ...]
    as_list: bool


@st.composite
def plans(draw: st.DrawFn, *, one_end: bool = False) -> Plan:
    """A network in which every step has what it needs."""
    inputs = draw(st.lists(st.integers(1, 3), min_size=1, max_size=2))
    channels, steps = list(inputs), list[Step]()
    for _ in range(draw(st.integers(1, 9))):
        kind = draw(st.sampled_from(["Conv2D", "again", "Add", "Concatenate", "MaxPooling2D", "Activation", "Dropout"]))
        source = draw(st.integers(0, len(channels) - 1))
        alike = [i for i, count in enumerate(channels) if count == channels[source]]
        repeatable = [
            i for i, s in enumerate(steps) if s.kind == "Conv2D" and channels[s.sources[0]] == channels[source]
        ]
        options: dict[str, Any] = {}
        again, sources, out = None, (source,), channels[source]
        if kind == "again" and repeatable:
            again = draw(st.sampled_from(repeatable))
            kind, out = "Conv2D", channels[len(inputs) + again]
        elif kind in ("Conv2D", "again"):
            kind, out = "Conv2D", draw(st.integers(1, 3))
            options = {"filters": out, "kernel_size": draw(st.sampled_from([1, 3])), "padding": "same"}
            options["activation"] = draw(st.sampled_from(["relu", "tanh", "linear"]))
        elif kind == "Add":
            sources = tuple(draw(st.lists(st.sampled_from(alike), min_size=2, max_size=3)))
        elif kind == "Concatenate":
            sources = tuple(draw(st.lists(st.integers(0, len(channels) - 1), min_size=2, max_size=3)))
            out = sum(channels[i] for i in sources)
        elif kind == "MaxPooling2D":
            options = {"pool_size": 3, "strides": 1, "padding": "same"}
        elif kind == "Activation":
            options = {"activation": draw(st.sampled_from(["sigmoid", "elu"]))}
        else:
            options = {"rate": 0.5}
        steps.append(Step(kind, tuple(options.items()), sources, again))
        channels.append(out)
    last = len(channels) - 1
    others = [] if one_end else draw(st.lists(st.integers(len(inputs), last), max_size=2))
    return Plan(tuple(inputs), tuple(steps), (last, *others), bool(others) or (not one_end and draw(st.booleans())))


def build(plan: Plan, library: Any) -> Any:
    """The network of a plan, by either library."""
    tensors = [library.Input((SIZE, SIZE, count), name=f"in{i}") for i, count in enumerate(plan.inputs)]
    made: list[Any] = []
    for number, step in enumerate(plan.steps):
        if step.again is not None:
            layer = made[step.again]
        else:
            layer = getattr(library.layers, step.kind)(**dict(step.options), name=f"step{number}")
        made.append(layer)
        given = [tensors[i] for i in step.sources]
        tensors.append(layer(given if len(given) > 1 else given[0]))
    ends = [tensors[i] for i in plan.ends]
    inputs = tensors[: len(plan.inputs)]
    return library.Model(inputs if len(inputs) > 1 else inputs[0], ends if plan.as_list else ends[0])


def _disturb(model: Any) -> Any:
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(size=weight.shape) * 0.5 for weight in model.get_weights()])
    return model


drawn = {
    "derandomize": True,
    "deadline": None,
    "phases": [Phase.explicit, Phase.generate],
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}


@settings(max_examples=25, **drawn)
@given(plan=plans())
def test_predictions_and_files(plan: Plan) -> None:
    """Equal layer lists and predictions; a file of either is read by the other, and by its own library."""
    ours, theirs = _disturb(build(plan, pellucid)), build(plan, keras)
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    theirs.set_weights(ours.get_weights())
    x = samples(ours, 2)
    expected = outputs(ours, x)
    with tempfile.TemporaryDirectory() as folder:
        ours.save(f"{folder}/ours.keras")
        theirs.save(f"{folder}/theirs.keras")
        readers = {
            "Keras reads ours": _computed(keras.models.load_model(f"{folder}/ours.keras"), x),
            "we read Keras's": outputs(pellucid.load_model(f"{folder}/theirs.keras"), x),
            "we read ours": outputs(pellucid.load_model(f"{folder}/ours.keras"), x),
            "Keras alone": _computed(theirs, x),
        }
    for reader, found in readers.items():
        for mine, reference in zip(expected, found, strict=True):
            check_close(f"random networks, {reader}", mine, reference, 1e-5)


def _computed(model: Any, x: Any) -> list[np.ndarray]:
    """What Keras computes, step by step: nothing is compiled for this network alone."""
    result = model(x, training=False)
    return [keras.ops.convert_to_numpy(part) for part in (result if isinstance(result, list | tuple) else [result])]


@settings(max_examples=120, **drawn)
@given(plan=plans(one_end=True))
def test_training_on_both_engines(plan: Plan) -> None:
    """Three steps of the fused, planned, vectorised program and of the plain one: the same weights."""
    x_shape = (4, SIZE, SIZE)
    trained = []
    for engine in ("native", "reference"):
        pellucid.set_random_seed(0)
        model = _disturb(build(plan, pellucid))
        model.compile(pellucid.optimizers.SGD(0.01, momentum=0.9), "mse", engine=engine)
        x = samples(model, 4)
        y = np.random.default_rng(2).normal(size=(*x_shape, model.output_shape[-1]))
        losses = [model.train_on_batch(x, y) for _ in range(3)]
        trained.append([np.array(losses), *model.get_weights()])
    for native, reference in zip(*trained, strict=True):
        check_close("random networks, native against reference", native, reference, 1e-4)
