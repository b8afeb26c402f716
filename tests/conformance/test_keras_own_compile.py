"""A class with a `compile` of its own says itself what files hold of it, and is compiled so when it is read.

As in Keras, and from one library's file in the other.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import pellucid
from pellucid.errors import FileError

X, Y = np.ones((4, 3), np.float32), np.zeros((4, 2), np.float32)


def _class(library: Any, **methods: Any) -> Any:
    """A model whose `compile` takes the share of a second loss."""

    class Shared(library.Model):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.dense = library.layers.Dense(2, kernel_initializer="ones")

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs)

        def compile(self, optimizer: Any, share: float = 0.0) -> None:
            super().compile(optimizer=optimizer, loss="mse", metrics=["mae"])
            self.share = share

        def compute_loss(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None, training: bool = True) -> Any:
            more = library.ops.mean(library.ops.abs(y - y_pred))
            return super().compute_loss(x, y, y_pred, sample_weight) + self.share * more

    for name, method in methods.items():
        setattr(Shared, name, method)
    return library.saving.register_keras_serializable(package="test_own_compile")(Shared)


def _told(self: Any) -> dict[str, Any]:
    return {"optimizer": self.optimizer, "share": self.share}


def _compiled(library: Any) -> Any:
    def compile_from_config(self: Any, config: dict[str, Any]) -> None:
        self.compile(**library.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)  # else Keras skips what the file holds of it

    return _class(library, get_compile_config=_told, compile_from_config=compile_from_config)


@pytest.mark.parametrize("writer", [keras, pellucid], ids=lambda library: library.__name__)
def test_a_file_goes_on_in_either_library(writer: Any, tmp_path: Any) -> None:
    classes = {library: _compiled(library) for library in (keras, pellucid)}
    model = classes[writer](name="net")
    model(X)
    model.compile(writer.optimizers.SGD(0.01, momentum=0.9), share=0.5)
    model.fit(X, Y, epochs=2, verbose=0)
    model.save(tmp_path / "net.keras")
    others = [library.models.load_model(tmp_path / "net.keras") for library in classes]
    told = [each.fit(X, Y, epochs=2, verbose=0).history for each in (model, *others)]
    for other, history in zip(others, told[1:], strict=True):
        assert other.share == 0.5
        for name, values in told[0].items():
            np.testing.assert_allclose(history[name], values, rtol=1e-5, err_msg=name)


def test_without_those_methods_it_is_read_uncompiled(tmp_path: Any) -> None:
    for library in (keras, pellucid):
        model = _class(library)(name="net")
        model(X)
        model.compile("sgd", share=0.5)
        model.save(tmp_path / "net.keras")
        with pytest.warns(UserWarning, match=r"`compile\(\)` method is custom.*compile_from_config\(config\)"):
            assert not hasattr(library.models.load_model(tmp_path / "net.keras"), "share")


def test_records_and_methods_that_fail(tmp_path: Any) -> None:
    """A record compiles too; a method that fails is named, with the way around it."""
    model = _compiled(pellucid)(name="net")
    model(X)
    model.compile("sgd", share=0.25)
    record = pellucid.saving.serialize_keras_object(model)
    assert record["compile_config"]["share"] == 0.25
    assert pellucid.saving.deserialize_keras_object(record).share == 0.25
    model.save(tmp_path / "net.keras")

    def fails(self: Any, config: Any) -> None:
        raise KeyError("rate")

    type(model).compile_from_config = fails
    with pytest.raises(FileError, match=r"compile_from_config of .*rate.*compile=False\) reads the model without"):
        pellucid.load_model(tmp_path / "net.keras")
    assert not pellucid.load_model(tmp_path / "net.keras", compile=False).compiled
