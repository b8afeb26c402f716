"""Models whose `call` a user wrote, and models that end in all sorts of ways: shown layer by layer, and trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from trainings import rest

from pellucid import Model, Sequential, layers, ops, set_random_seed
from pellucid.explorer import Study
from pellucid.explorer.answers import answer
from pellucid.explorer.asked import Asked
from pellucid.explorer.editing import edit
from pellucid.explorer.further_training import learning_of
from pellucid.explorer.opening import study_of
from pellucid.explorer.steps import flow
from pellucid.explorer.touching import value
from pellucid.explorer.wire import unpacked


class Own(Model):
    """Layers, an operation between them, and an operation at the end."""

    def __init__(self) -> None:
        super().__init__(name="own")
        self.conv = layers.Conv2D(3, 3, activation="relu", name="conv")
        self.flat, self.dense = layers.Flatten(name="flat"), layers.Dense(3, name="dense")

    def call(self, x: Any) -> Any:
        """What the model computes."""
        return ops.softmax(self.dense(self.flat(self.conv(x) * 2.0)))


def _own() -> tuple[Own, Study]:
    set_random_seed(1)
    rng = np.random.default_rng(0)
    model, x = Own(), rng.random((10, 6, 6, 1), np.float32)
    model(x[:1])
    return model, study_of(model, x, np.arange(10) % 3)


def test_each_layer_is_a_box() -> None:
    """Its values are told and its weights edited; what it says is what the model predicts, edited and trained too."""
    model, study = _own()
    kinds = [node.kind for node in study.scene.nodes]
    assert kinds == ["Input", "Conv2D", "Multiply", "Flatten", "Dense", "Softmax"]
    between, last = list(study.drawing.nodes)[2], list(study.drawing.nodes)[-1]
    sent = b'{"layer": "conv", "do": "numbers", "number": 1, "at": 4, "value": -3}'
    for act in (lambda: None, lambda: edit(study, Asked({}, {}, sent)), lambda: study.training.start(1)):
        act()
        rest(study.training)
        told = unpacked(bytes(value(study, Asked({"layer": "conv"}, {"at": "2,3,1"}, b"")).body))[0]
        assert told["value"] == pytest.approx(float(study.maps(between).maps[2, 3, 1]) / 2, rel=1e-5, abs=1e-6)
        said = model.predict(study.chosen.x[None], verbose=0)[0]
        assert np.allclose(study.maps(last).maps, said, rtol=1e-5)
        assert b"dense" not in bytes(answer(study, Asked({}, {}, b"")).body)
    assert study.training.step == 1 and study.training.note == ""
    assert [each["layer"] for each in unpacked(bytes(flow(study, Asked({}, {}, b"")).body))[0]["layers"]] == [
        "conv", "dense",
    ]  # fmt: skip
    study.training.close("")


@pytest.mark.parametrize(
    ("ends", "are_logits"),
    [
        ([layers.Dense(3)], True),
        ([layers.Dense(3, activation="log_softmax")], True),
        ([layers.Dense(3, activation="softmax")], False),
        ([layers.Dense(3), layers.Softmax()], False),
        ([layers.Dense(3), layers.Activation("softmax")], False),
        ([layers.Dense(3, activation=lambda x: ops.softmax(x))], False),
        ([Sequential([layers.Input((4,)), layers.Dense(3, activation="softmax")])], False),
    ],
)
def test_what_the_end_is_decides_on_the_loss(ends: list[Any], are_logits: bool) -> None:
    """By what it computes, whatever the layers are called that do."""
    found = learning_of(Sequential([layers.Input((4,)), *ends]), np.zeros((9, 4), np.float32), np.arange(9) % 3)
    assert found is not None and found.loss.from_logits is are_logits
