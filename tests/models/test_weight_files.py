"""`save_weights` and `load_weights`: what fits is taken, what does not is said, and nothing is half done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, load_model, models
from pellucid.errors import ArgumentError, FileError


def _chain(units: int = 3, more: bool = False) -> Sequential:
    return Sequential([Input((4,)), layers.Dense(5), layers.Dense(units), *([layers.Dense(2)] if more else [])])


def test_from_a_keras_file(tmp_path: Path) -> None:
    """The weights in it are read alone."""
    model, other = _chain(), _chain()
    model.save(tmp_path / "model.keras")
    other.load_weights(tmp_path / "model.keras")
    for wanted, got in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("other", [_chain(units=6), _chain(more=True)], ids=["another shape", "one layer more"])
def test_what_does_not_fit(other: Sequential, tmp_path: Path) -> None:
    """Nothing is changed; with skip_mismatch the rest is, and the layers that are left are told."""
    model, before = _chain(), other.get_weights()
    model.save_weights(tmp_path / "model.weights.h5")
    with pytest.raises(FileError, match=r"Dense \"dense_\d+\" has weights of shapes .*skip_mismatch=True"):
        other.load_weights(tmp_path / "model.weights.h5")
    for wanted, got in zip(before, other.get_weights(), strict=True):
        np.testing.assert_array_equal(got, wanted)
    with pytest.warns(UserWarning, match=r"1 layers keep the weights that they had: Dense"):
        other.load_weights(tmp_path / "model.weights.h5", skip_mismatch=True)
    np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])
    np.testing.assert_array_equal(other.get_weights()[-2], before[-2])


def test_a_file_of_another_model(tmp_path: Path) -> None:
    """Is refused, with skip_mismatch too: nothing would be loaded."""
    Sequential([Input((4, 4, 1)), layers.Conv2D(2, 3)]).save_weights(tmp_path / "model.weights.h5")
    for skip in (False, True):
        with pytest.raises(FileError, match=r"the file has none for it"):
            _chain().load_weights(tmp_path / "model.weights.h5", skip_mismatch=skip)


def test_layers_to_skip(tmp_path: Path) -> None:
    """Are left out of the file, and left as they are."""
    model, other = _chain(), _chain()
    before = other.layers[0].get_weights()
    model.save_weights(tmp_path / "model.weights.h5", objects_to_skip=[model.layers[0]])
    other.load_weights(tmp_path / "model.weights.h5", objects_to_skip=[other.layers[0]])
    np.testing.assert_array_equal(other.layers[0].get_weights()[0], before[0])
    np.testing.assert_array_equal(other.layers[1].get_weights()[0], model.layers[1].get_weights()[0])
    with pytest.raises(ArgumentError, match=r"objects_to_skip is a list of layers, got 'dense'"):
        model.load_weights(tmp_path / "model.weights.h5", objects_to_skip=["dense"])


def test_another_optimiser_begins_anew(tmp_path: Path) -> None:
    """And that is told."""
    x, y = np.ones((4, 4), np.float32), np.zeros((4, 3), np.float32)
    model, other = _chain(), _chain()
    model.compile("adam", "mse")
    model.fit(x, y, verbose=0)
    model.save_weights(tmp_path / "model.weights.h5")
    other.compile("sgd", "mse")
    with pytest.warns(UserWarning, match=r"sgd begins anew, since the file holds something else"):
        other.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])


ENDINGS = ["model.keras", "model", "weights.h5.txt", "model.json"]


@pytest.mark.parametrize("name", ENDINGS)
def test_other_endings(name: str, tmp_path: Path) -> None:
    """The ending says what a file is."""
    with pytest.raises(ArgumentError, match=r"weights are written to files that end in '\.weights\.h5', "):
        _chain().save_weights(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


FILES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "it looks like an empty file"),
    "text": (b"hello", "it looks like text"),
    "a pickle": (b"\x80\x04.", "is a Python pickle; such files can run code"),
    "a damaged file": (b"\x89HDF\r\n\x1a\n" + b"\0" * 40, "is damaged"),
    "a zip archive": (b"PK\x03\x04" + b"\0" * 40, "is damaged or cut short"),
}


@pytest.mark.parametrize("case", FILES)
def test_files_that_are_none(case: str, tmp_path: Path) -> None:
    """Say what they are."""
    content, message = FILES[case]
    (tmp_path / "model.weights.h5").write_bytes(content)
    with pytest.raises(FileError, match=message):
        _chain().load_weights(tmp_path / "model.weights.h5")
    with pytest.raises(FileError, match="there is no such file"):
        _chain().load_weights(tmp_path / "none.weights.h5")


def test_an_old_file_is_kept(tmp_path: Path) -> None:
    """Unless it may be replaced."""
    model = _chain()
    model.save_weights(tmp_path / "model.weights.h5")
    with pytest.raises(FileError, match=r"exists; pass overwrite=True"):
        model.save_weights(tmp_path / "model.weights.h5", overwrite=False)


class _Own(Model):
    """A model with a weight of its own, beside a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.head = layers.Dense(2)

    def build(self, input_shape: Any) -> None:
        self.scale = self.add_weight(shape=(2,), initializer="ones", name="scale")

    def call(self, inputs: Any) -> Any:
        return self.head(inputs) * self.scale


def test_weights_that_a_model_makes_itself(tmp_path: Path) -> None:
    """Are in both kinds of files."""
    model = _Own()
    model(np.ones((1, 3), np.float32))
    model.scale.assign([2.0, 3.0])
    model.save(tmp_path / "own.keras")
    assert load_model(tmp_path / "own.keras", {"_Own": _Own}).scale.numpy().tolist() == [2.0, 3.0]
    other = _Own()
    with pytest.raises(ArgumentError, match="does not know its input shape"):
        other.load_weights(tmp_path / "own.keras")
    other.build((None, 3))
    other.load_weights(tmp_path / "own.keras")
    assert other.scale.numpy().tolist() == [2.0, 3.0]


def test_a_compile_of_ones_own_is_left_to_its_owner(tmp_path: Path) -> None:
    """A file does not call it."""

    class Mine(Sequential):
        """Compiles itself in its own way."""

        def compile(self, rate: float) -> None:
            super().compile("sgd", "mse")

    model = Mine([Input((4,)), layers.Dense(1)])
    model.compile(0.1)
    model.save(tmp_path / "model.keras")
    with pytest.warns(UserWarning, match=r"`compile\(\)` was not called .* method is custom. mine is not"):
        assert load_model(tmp_path / "model.keras", {"Mine": Mine}).optimizer is None


def test_text() -> None:
    """A model as JSON, with how it was compiled; what is none is refused."""
    model = _chain()
    model.compile("adam", "mse")
    again = models.model_from_json(model.to_json(indent=1))
    assert again.optimizer.name == "adam" and [layer.units for layer in again.layers] == [5, 3]
    for text in ("", "[]", "{}", '{"class_name": "Dense", "module": "keras.layers", "config": {}}', '{"a": NaN}'):
        with pytest.raises(ArgumentError):
            models.model_from_json(text)
