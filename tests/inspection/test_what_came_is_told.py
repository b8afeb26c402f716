"""Objects of other libraries, paths where arrays are meant, positions and seeds: told, with what to do."""

from __future__ import annotations

import types

import numpy as np
import pytest

from pellucid import Sequential, inspection, layers
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError


@pytest.fixture
def model() -> Sequential:
    return Sequential([layers.Input((6, 6, 1)), layers.Conv2D(2, 3, name="conv"), layers.Dropout(0.5, name="drop")])


@pytest.mark.parametrize(
    ("library", "words"),
    [("keras", "open the file with pellucid.load_model"), ("torch", "takes its weights from a file")],
)
def test_objects_of_other_libraries(library: str, words: str) -> None:
    theirs = types.new_class("Conv2D", (), {}, lambda body: body.update(__module__=f"{library}.layers"))()
    for ask in (inspection.filters, inspection.all_filters, inspection.formula):
        with pytest.raises(ArgumentTypeError, match=f"an object of type Conv2D of {library}.*{words}"):
            ask(theirs)


def test_the_function_that_was_called_is_named(model: Sequential) -> None:
    with pytest.raises(ArgumentTypeError, match=r"^overview takes the layer itself, got its name"):
        inspection.overview("conv")
    with pytest.raises(ArgumentTypeError, match=r"^overview shows one layer, got the model"):
        inspection.overview(model)


def test_paths_where_numbers_are_meant(model: Sequential) -> None:
    with pytest.raises(DataError, match=r"numpy\.load reads an array from a file"):
        inspection.lint(model, "samples.npy")
    with pytest.raises(DataError, match=r"views\.load_image reads a picture"):
        inspection.filtered_image("photo.jpg", "sobel_x")


def test_positions_are_told_from_where_to_where(model: Sequential) -> None:
    with pytest.raises(ArgumentError, match=r"there is no position \(\): say one from \(0, 0\) to \(3, 3\)"):
        inspection.arithmetic(model, "conv", np.ones((6, 6, 1)))


def test_a_seed_without_training_means_nothing(model: Sequential) -> None:
    with pytest.raises(ArgumentError, match=r"seed means nothing: say training=True too"):
        inspection.feature_maps(model, np.ones((6, 6, 1)), "drop", seed=3)
    first, again = (inspection.feature_maps(model, np.ones((6, 6, 1)), "drop", training=True, seed=3) for _ in range(2))
    assert np.array_equal(first[0].maps, again[0].maps)
