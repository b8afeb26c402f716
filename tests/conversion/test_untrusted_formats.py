"""Files of other systems that are read in a process of its own: the same model, the same refusals, no file written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pellucid import Sequential, layers, load_model
from pellucid.data.images.reading import Reading, TrainedOn
from pellucid.errors import ArgumentError, FileError

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def model() -> Sequential:
    """A small one that knows its classes."""
    made = Sequential([layers.Input((6, 5, 2)), layers.Conv2D(3, 3), layers.Flatten(), layers.Dense(2)])
    made.compile("adam", "mse")
    made.trained_on = TrainedOn(Reading(6, 5), 1.0, ("cats", "dogs"))
    return made


@pytest.mark.parametrize("name", ["model.h5", "model.onnx"])
def test_the_same_model(model: Sequential, name: str, tmp_path: Path) -> None:
    """To the bit, with what it knows of its images; where the format holds it, with how it was compiled."""
    model.train_on_batch(np.ones((2, 6, 5, 2)), np.zeros((2, 2)))
    model.save(tmp_path / name)
    before = sorted(tmp_path.iterdir())
    found, expected = (load_model(tmp_path / name, untrusted=each) for each in (True, False))
    x = np.random.default_rng(0).normal(size=(3, 6, 5, 2)).astype(np.float32)
    np.testing.assert_array_equal(found.predict(x, verbose=0), expected.predict(x, verbose=0))
    assert found.trained_on == expected.trained_on
    if name.endswith(".h5"):
        for ours, theirs in zip(found.optimizer.variables, model.optimizer.variables, strict=True):
            np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    assert sorted(tmp_path.iterdir()) == before


def test_what_is_lost_is_told_here(tmp_path: Path) -> None:
    """As without the other process."""
    tmp_path.joinpath("a.cfg").write_text("[net]\nheight=4\nwidth=3\nchannels=1\n[yolo]\n")
    tmp_path.joinpath("a.weights").write_bytes(np.array([0, 2, 5, 0, 0], "<i4").tobytes())
    said = []
    for untrusted in (False, True):
        with pytest.warns(UserWarning, match="yolo") as caught:
            load_model(tmp_path / "a.cfg", untrusted=untrusted)
        said.append([str(each.message) for each in caught])
    assert said[0] == said[1]


@pytest.mark.parametrize("name", ["model.h5", "model.onnx"])
def test_the_same_refusal(model: Sequential, name: str, tmp_path: Path) -> None:
    """In the same words, with the name of the file."""
    model.save(tmp_path / name)
    path = tmp_path / name
    path.write_bytes(path.read_bytes()[:-200])
    said = []
    for untrusted in (False, True):
        with pytest.raises(FileError) as caught:
            load_model(path, untrusted=untrusted)
        said.append(str(caught.value))
    assert said[0] == said[1]


def test_classes_of_ones_own_stay_here(model: Sequential, tmp_path: Path) -> None:
    """The other process knows none: said at once."""
    model.save(tmp_path / "model.h5")
    with pytest.raises(ArgumentError, match="leave out custom_objects"):
        load_model(tmp_path / "model.h5", custom_objects={"Mine": layers.Dense}, untrusted=True)
