"""Models in open files, and in folders as Keras makes them."""

import io
import os
from pathlib import Path

import numpy as np
import pytest

from pellucid import Sequential, layers, load_model, models
from pellucid.errors import ArgumentError, ArgumentTypeError, FileError

X = np.random.default_rng(0).normal(size=(8, 6, 6, 1)).astype(np.float32)
Y = np.zeros((8, 2))
PARTS = ["config.json", "metadata.json", "model.weights.h5"]


def _network() -> Sequential:
    model = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(3, 3), layers.Flatten(), layers.Dense(2)], seed=3)
    model.compile("adam", "mse")
    model.train_on_batch(X, Y)
    return model


def _go_on_alike(model: Sequential, other: Sequential) -> None:
    """Both make the next step to the same bits: weights and optimiser are there."""
    for each in (model, other):
        each.train_on_batch(X, Y)
    assert all(map(np.array_equal, model.get_weights(), other.get_weights()))
    assert int(other.optimizer.iterations) == 2


def test_an_open_file() -> None:
    """In memory, twice in a row: each file is whole."""
    model, file = _network(), io.BytesIO()
    model.save(file)
    file.seek(0)
    _go_on_alike(model, load_model(file))


def test_an_open_file_on_disk(tmp_path: Path) -> None:
    """What is written through an open file is the file that `save` writes to the path, but for the time in it."""
    model = _network()
    with open(tmp_path / "a.keras", "wb") as file:
        models.save_model(model, file)
    _go_on_alike(model, load_model(tmp_path / "a.keras"))


def test_a_folder(tmp_path: Path) -> None:
    """`zipped=False`: the three parts, each a file; in a process of its own too."""
    model, folder = _network(), tmp_path / "net"
    model.save(folder, zipped=False)
    assert sorted(os.listdir(folder)) == PARTS
    apart = load_model(folder, untrusted=True)
    assert np.array_equal(apart.predict(X, verbose=0), model.predict(X, verbose=0))
    _go_on_alike(model, load_model(folder))


def test_a_folder_is_written_again(tmp_path: Path) -> None:
    """Over the one that is there, unless that may not be replaced."""
    model, folder = _network(), tmp_path / "net"
    model.save(folder, zipped=False)
    model.train_on_batch(X, Y)
    model.save(folder, zipped=False)
    assert all(map(np.array_equal, model.get_weights(), load_model(folder).get_weights()))
    with pytest.raises(FileError, match="exists; pass overwrite=True"):
        model.save(folder, overwrite=False, zipped=False)
    assert sorted(os.listdir(folder)) == PARTS


@pytest.mark.parametrize("part", PARTS)
def test_a_folder_without_a_part(tmp_path: Path, part: str) -> None:
    """Is none of a model; the error names the folder or what is missing in it."""
    _network().save(tmp_path / "net", zipped=False)
    (tmp_path / "net" / part).unlink()
    with pytest.raises(FileError, match=r"net( is a folder; expected a \.keras file|/.*there is no such file)"):
        load_model(tmp_path / "net")


def test_weights_in_a_folder_that_are_too_large(tmp_path: Path) -> None:
    """The limit holds for them as for a file."""
    _network().save(tmp_path / "net", zipped=False)
    with pytest.raises(FileError, match="at most 1,000 are accepted"):
        load_model(tmp_path / "net", max_bytes=1000)


def test_what_is_no_file_for_bytes() -> None:
    """An open file of text, or one that holds something else, says so."""
    model = Sequential([layers.Input((2,)), layers.Dense(1)])
    with pytest.raises(ArgumentTypeError, match="open for writing bytes, 'wb'"):
        model.save(io.StringIO())  # type: ignore[arg-type]
    with pytest.raises(ArgumentTypeError, match="open for reading bytes, 'rb'; it gave 'text'"):
        load_model(io.StringIO("text"))  # type: ignore[arg-type]
    with pytest.raises(FileError, match=r"<bytes> is not a .keras file; it looks like text"):
        load_model(io.BytesIO(b"text"))
    with pytest.raises(ArgumentError, match="another process reads the file: give its path"):
        load_model(io.BytesIO(b"text"), untrusted=True)


def test_names_that_do_not_fit(tmp_path: Path) -> None:
    """A folder is not called like a file; an ending that no model has is told of a file that is not there."""
    model = Sequential([layers.Input((2,)), layers.Dense(1)])
    with pytest.raises(ArgumentError, match=r"should not end in '\.keras', which is one file: zipped=False"):
        model.save(tmp_path / "net.keras", zipped=False)
    with pytest.raises(ArgumentTypeError, match="zipped must be True or False, got 'no'"):
        model.save(tmp_path / "net", zipped="no")  # type: ignore[arg-type]
    with pytest.raises(FileError, match=r"there is no such file; .* File format not supported: models are read from"):
        load_model(tmp_path / "net.pkl")


def test_save_model_in_the_words_of_keras_2(tmp_path: Path) -> None:
    """`save_format` is left out where the ending says the same."""
    model = Sequential([layers.Input((2,)), layers.Dense(1)])
    with pytest.warns(match="save_model"):
        models.save_model(model, tmp_path / "net.h5", save_format="h5")  # type: ignore[call-arg]
    assert load_model(tmp_path / "net.h5").count_params() == 3
    with pytest.raises(ArgumentError, match="The `save_format` argument is deprecated: save_format=True cannot be"):
        models.save_model(model, tmp_path / "net.txt", save_format=True)  # type: ignore[call-arg]
