"""What is there before a layer or model is built, and what after: attributes, shapes, the summary; and inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, load_model
from pellucid.errors import ArgumentError, PellucidError

ENDS = ("input", "output", "input_shape", "output_shape")


@pytest.mark.parametrize("make", [Sequential, lambda: Sequential([layers.Dense(2)]), lambda: layers.Dense(2)])
def test_what_is_not_there_yet(make: Callable[[], Any]) -> None:
    """`hasattr` says no, and who looks is told why."""
    thing = make()
    assert not thing.built
    for name in (
        ENDS if isinstance(thing, layers.Layer) and not isinstance(thing, Model) else (*ENDS, "inputs", "outputs")
    ):
        assert not hasattr(thing, name)
        with pytest.raises(AttributeError, match=r"\w{3,}") as caught:
            getattr(thing, name)
        assert isinstance(caught.value, PellucidError) and isinstance(caught.value, ValueError)
    assert thing.trainable


@pytest.mark.parametrize(
    "kind", ["Dense", "Conv2D", "Flatten", "Add", "BatchNormalization", "Activation", "ReLU", "Lambda"]
)
def test_built_after_build(kind: str) -> None:
    """Whether there are weights or none."""
    arguments = {"Dense": (2,), "Conv2D": (2, 3), "Activation": ("relu",), "Lambda": (lambda x: x * 2.0,)}
    layer = getattr(layers, kind)(*arguments.get(kind, ()))
    layer.build([(None, 8, 8, 3)] * 2 if kind == "Add" else (None, 8, 8, 3))
    assert layer.built is True


def test_models_after_build() -> None:
    """A chain, one without layers, and a network, which is built from the beginning."""
    model = Sequential([layers.Dense(2)])
    model.build((4, 3))
    assert model.built and model.layers[0].built
    assert (model.input_shape, model.output_shape) == ((4, 3), (4, 2))
    assert np.shape(model.predict(np.ones((7, 3)))) == (7, 2)
    with pytest.raises(ArgumentError, match=r"^empty has no layers; add some first$"):
        Sequential(name="empty").build((None, 3))
    x = Input((2,))
    network = Model(x, layers.Dense(1)(x))
    network.build((None, 2))
    assert network.built is True


@pytest.mark.parametrize("batch", [2, None])
def test_the_batch_that_is_given_stays(batch: int | None) -> None:
    """In every kind of layer and in models."""
    x = Input((3,))
    assert layers.Dense(4).compute_output_shape((batch, 3)) == (batch, 4)
    assert layers.Flatten().compute_output_shape((batch, 3, None)) == (batch, None)
    assert layers.Concatenate().compute_output_shape([(batch, 3), (batch, 1)]) == (batch, 4)
    assert layers.Reshape((-1, 2)).compute_output_shape((batch, 4, 4)) == (batch, 8, 2)
    assert Sequential([layers.Dense(4)]).compute_output_shape((batch, 3)) == (batch, 4)
    assert Model(x, layers.Dense(4)(x)).compute_output_shape((batch, 3)) == (batch, 4)


def test_a_summary_before_building(capsys: pytest.CaptureFixture[str]) -> None:
    """Layers with question marks, as Keras shows them, and how to build."""
    inner = Sequential([layers.Dense(3, name="a")], name="inner")
    Sequential([inner, layers.Flatten(name="flat")], name="outer").summary(expand_nested=True, derive=True)
    text = capsys.readouterr().out
    assert [line.split("│")[1].strip() for line in text.splitlines() if "?" in line] == [
        "inner (Sequential)",
        "a (Dense)",
        "flat (Flatten)",
    ]
    assert text.count("0 (unbuilt)") == 3
    assert " Total params: 0 (0.00 B)" in text
    assert (
        "Not built: shapes follow from data, from build((None, ...)), or from an Input before the first layer" in text
    )
    Sequential(name="empty").summary()
    assert "Total params: 0" in capsys.readouterr().out


TAKEN: dict[str, tuple[Callable[[], Any], tuple[int | None, ...]]] = {
    "batch_size": (lambda: Input((2,), batch_size=4), (4, 2)),
    "batch_shape": (lambda: Input(batch_shape=(4, 2)), (4, 2)),
    "an open batch_shape": (lambda: Input(batch_shape=(None, None, 2)), (None, None, 2)),
    "a list": (lambda: Input([2]), (None, 2)),
    "numbers without axes": (lambda: Input(()), (None,)),
    "a type": (lambda: Input((2,), dtype="uint8"), (None, 2)),
    "NumPy's": (lambda: Input(batch_shape=(3, 2), dtype=np.int32), (3, 2)),
    "bool": (lambda: Input((2,), 3, bool), (3, 2)),
    "not sparse": (lambda: Input((2,), sparse=False, ragged=False, optional=False, tensor=None), (None, 2)),
}


@pytest.mark.parametrize("case", TAKEN)
def test_inputs_that_are_taken(case: str) -> None:
    """In every combination that says one thing."""
    make, shape = TAKEN[case]
    assert make().shape == shape


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "nothing": (lambda: Input(), r"a shape is a tuple"),
    "two shapes": (lambda: Input((2,), batch_shape=(4, 2)), r"batch_shape says both"),
    "two batches": (lambda: Input(batch_shape=(4, 2), batch_size=4), r"batch_shape says both"),
    "a number": (lambda: Input(3), r"write \(3,\)"),
    "a batch of none": (lambda: Input((2,), batch_size=0), r"should be a positive integer"),
    "half a batch": (lambda: Input((2,), batch_size=2.5), r"should be a positive integer"),
    "float16": (lambda: Input((2,), dtype="float16"), r"unknown dtype 'float16'; did you mean 'float32'"),
    "a time": (lambda: Input((2,), dtype="datetime64"), r"unknown dtype 'datetime64'"),
    "sparse": (lambda: Input((2,), sparse=True), r"inputs are dense arrays; got sparse=True"),
    "ragged": (lambda: layers.InputLayer((2,), ragged=True), r"got ragged=True"),
    "an array for a tensor": (
        lambda: layers.InputLayer(input_tensor=np.ones((2, 2))),
        r"`input_tensor` must be a KerasTensor",
    ),
    "a tensor of another shape": (lambda: Input((3,), tensor=Input((2,))), r"input_tensor has shape \(None, 2\), and"),
    "a tensor of another batch": (lambda: Input(batch_size=3, tensor=Input((2,))), "another one is given"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_inputs_that_are_refused(case: str) -> None:
    """In one sentence."""
    make, message = REFUSED[case]
    with pytest.raises(ArgumentError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_the_type_of_an_input_goes_through_files(tmp_path: Any) -> None:
    """Bytes are said to be bytes."""
    model = Sequential([Input((2,), dtype="uint8"), layers.Dense(1)])
    model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras")
    assert again.get_config()["layers"][0]["config"]["dtype"] == "uint8"
    x = np.array([[1, 2]], np.uint8)
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
