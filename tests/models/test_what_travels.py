"""What is frozen and how values came about goes where the weights go: records of trainings, files, `set_weights`."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest

from pellucid import Sequential, callbacks, layers, load_model
from pellucid.errors import ArgumentError, ShapeError
from pellucid.models import clone_model
from pellucid.training.run_state import RunState

X, Y = np.random.default_rng(0).normal(size=(8, 6, 6, 1)).astype(np.float32), np.zeros((8, 2), np.float32)


def _model() -> Sequential:
    stack = [
        layers.Conv2D(3, 3, name="c"),
        layers.BatchNormalization(name="n"),
        layers.Flatten(),
        layers.Dense(2, name="d"),
    ]
    model = Sequential([layers.Input((6, 6, 1)), *stack])
    model.compile("adam", "mse")
    return model


def _frozen() -> Sequential:
    model = _model()
    model.get_layer("c").filter(1).set("sobel_x").freeze()
    model.get_layer("d").trainable = False
    model.fit(X, Y, epochs=2, batch_size=4, verbose=0)
    return model


def test_a_record_of_a_training_holds_what_is_frozen() -> None:
    """A model made anew, without a word of freezing, goes on as the first one: to the bit."""
    first = _frozen()
    state = first.stepper.capture()
    second = _model()
    second.stepper.restore(state.plain())
    assert second.get_layer("c").filter(1).is_held and not second.get_layer("c").filter(0).is_held
    assert not second.get_layer("d").trainable and second.get_layer("n").trainable
    for model in (first, second):
        model.fit(X, Y, epochs=1, batch_size=4, verbose=0, shuffle=False)
    for mine, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, other)
    np.testing.assert_array_equal(second.get_layer("c").filter(1).kernel[..., 0], [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def test_it_thaws_too() -> None:
    state = _model().stepper.capture()
    model = _frozen()
    model.stepper.restore(state)
    assert model.get_layer("d").trainable and not model.get_layer("c").filter(1).is_held


def test_older_records_leave_it_as_it_is() -> None:
    model = _frozen()
    plain = {name: value for name, value in model.stepper.capture().plain().items()
             if name not in ("frozen", "held", "stories")}  # fmt: skip
    model.stepper.restore(RunState.of(plain))
    assert not model.get_layer("d").trainable and model.get_layer("c").filter(1).is_held


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("frozen", 3, "frozen cannot be 3"),
        ("held", {"c/kernel": [1]}, "held cannot be"),
        ("stories", 1, "stories cannot"),
    ],
)
def test_records_that_are_none(name: str, value: object, message: str) -> None:
    model = _model()
    with pytest.raises(ArgumentError, match=message):
        model.stepper.restore({**model.stepper.capture().plain(), name: value})
    with pytest.raises(ShapeError, match=r"what is frozen of c/kernel does not fit"):
        model.stepper.restore({**model.stepper.capture().plain(), "held": {"c/kernel": np.ones((7,), bool)}})


def test_a_killed_training_finds_its_frozen_filters(tmp_path: Path) -> None:
    class Killed(Exception):
        pass

    class Kill(callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            raise Killed

    model = _frozen()
    kept = model.get_layer("c").filter(1).kernel.copy()
    with pytest.raises(Killed):
        model.fit(X, Y, epochs=3, verbose=0, callbacks=[callbacks.BackupAndRestore(tmp_path, 1), Kill()])
    again = _model()
    again.fit(X, Y, epochs=3, verbose=0, callbacks=[callbacks.BackupAndRestore(tmp_path)])
    np.testing.assert_array_equal(again.get_layer("c").filter(1).kernel, kept)
    assert str(again.get_layer("c").filter(1).provenance).startswith("handcrafted: sobel_x; restored from a record")


def test_filters_of_layers_inside_layers_are_frozen_in_files(tmp_path: Path) -> None:
    wrapped = layers.SpectralNormalization(layers.Conv2D(3, 3, name="inner"), name="spectral")
    model = Sequential([layers.Input((6, 6, 1)), wrapped])
    wrapped.layer.filter(2).freeze()
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras").get_layer("spectral").layer
    assert [loaded.filter(k).is_held for k in range(3)] == [False, False, True]


def test_provenance_comes_with_set_weights() -> None:
    model = _frozen()
    twin = clone_model(model)
    assert (
        twin.get_layer("c").filter(0).provenance.how == "drawn" and twin.get_layer("c").filter(0).provenance.steps == 0
    )
    twin.set_weights(model.get_weights())
    for number in range(3):
        mine, other = (str(each.get_layer("c").filter(number).provenance) for each in (model, twin))
        assert other == f"{mine}; set by set_weights"
    assert twin.get_layer("c").filter(0).provenance.steps == model.get_layer("c").filter(0).provenance.steps > 0
    layer = twin.get_layer("d")
    layer.set_weights(model.get_layer("d").get_weights())
    assert layer.filter(0).provenance.how == "drawn"


def test_what_was_changed_is_no_longer_what_it_was() -> None:
    """In place, by another array, in another order, or by a copy of the list."""
    layer = _model().get_layer("d")
    for change in ("in place", "other", "copy", "pickle"):
        weights = layer.get_weights()
        assert isinstance(weights, list) and weights == list(weights)
        if change == "in place":
            weights[0][0, 0] += 1
        elif change == "other":
            weights[0] = weights[0] + 1
        else:
            weights = copy.deepcopy(weights) if change == "copy" else pickle.loads(pickle.dumps(weights))
            assert type(weights) is list
        layer.set_weights(weights)
        assert str(layer.filter(0).provenance) == "set by set_weights"
        layer.filter(0).reinitialize()
