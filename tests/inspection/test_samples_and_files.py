"""Several samples at once, and files in the place of arrays, at every door of inspection."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pellucid import Model, Sequential, inspection, layers, load_model, ops, utils
from pellucid.errors import ArgumentError, DataError, FileError
from pellucid.views import maps_figure, maps_text, to_html

RNG = np.random.default_rng(5)
BATCH = RNG.random((5, 6, 6, 1)).astype(np.float32)


@pytest.fixture
def model() -> Sequential:
    return Sequential(
        [
            layers.Input((6, 6, 1)),
            layers.Conv2D(3, 3, activation="relu", name="conv"),
            layers.Dropout(0.5, name="drop"),
            layers.Flatten(name="flat"),
            layers.Dense(2, name="head"),
        ]
    )


@pytest.mark.parametrize("options", [{}, {"stage": "before activation"}, {"training": True, "seed": 3}], ids=str)
def test_several_samples_are_each_as_alone(model: Sequential, options: dict[str, Any]) -> None:
    """Layer by layer, and within a layer sample by sample."""
    together = inspection.feature_maps(
        model, BATCH, ["conv", "drop", "head"][: 1 if "stage" in options else 3], **options
    )
    names = [(each.layer, each.sample) for each in together]
    assert names == [(layer, str(k)) for layer in dict.fromkeys(layer for layer, _ in names) for k in range(5)]
    for each in together:
        (alone,) = inspection.feature_maps(model, BATCH[int(each.sample)], each.layer, **options)
        if "training" in options:
            np.testing.assert_array_equal(each.maps, alone.maps)
        else:  # they go through the model together, and the order of sums depends on how many there are
            np.testing.assert_allclose(each.maps, alone.maps, rtol=1e-5, atol=1e-6)
        assert alone.sample == "" and (alone.kept is None) == (each.kept is None)


def test_pictures_name_the_samples(model: Sequential) -> None:
    maps = inspection.feature_maps(model, BATCH[:2], ["input", "conv", "head"])
    assert "sample 1, conv (Conv2D): 3 maps of 4x4" in maps_text(maps)
    texts = [text.get_text() for text in maps_figure(maps, class_names=["cat", "dog"]).axes[0].texts]
    assert texts[0] == "What layers answer to 2 samples" and texts.count("cat") == texts.count("dog") == 2
    assert "What layers answer to 2 samples" in to_html(maps)


def test_files_are_taken_for_what_they_hold(model: Sequential, tmp_path: Path) -> None:
    pixels = RNG.integers(0, 256, (6, 6), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    np.save(tmp_path / "one.npy", BATCH[2])
    np.savez(tmp_path / "all.npz", x=BATCH, y=np.arange(5))
    np.savez(tmp_path / "two.npz", a=BATCH, b=BATCH)
    with pytest.raises(DataError, match=r"two.npz holds a, b: call the samples x"):
        inspection.feature_maps(model, tmp_path / "two.npz")
    paths = [tmp_path / "photo.png", str(tmp_path / "one.npy")]
    found = inspection.feature_maps(model, paths, "input")
    assert [each.sample for each in found] == ["photo.png", "one.npy"]
    np.testing.assert_allclose(found[0].maps[..., 0], pixels / 255, atol=1e-7)
    np.testing.assert_array_equal(found[1].maps, BATCH[2])
    assert [each.sample for each in inspection.feature_maps(model, tmp_path / "all.npz", "head")] == list("01234")


LOOKS: dict[str, Callable[[Sequential, Any], Any]] = {
    "maps": lambda m, x: inspection.feature_maps(m, x, "conv")[0].maps,
    "partial maps": lambda m, x: inspection.partial_maps(m, "conv", x).maps,
    "arithmetic": lambda m, x: inspection.arithmetic(m, "conv", x, (1, 2), 1).total,
    "trace": lambda m, x: inspection.trace(m, "head", x).values[0].total,
    "field": lambda m, x: inspection.receptive_field(m, "head", (), 1, x).effective,
    "equivariance": lambda m, x: inspection.equivariance(m, x, (1, 0)).layers[1].errors,
    "what if": lambda m, x: inspection.what_if(m, x, {"conv": {0: 0.0}}).outputs_after[0],
}


@pytest.mark.parametrize("look", LOOKS)
def test_a_file_counts_as_the_array_in_it(model: Sequential, tmp_path: Path, look: str) -> None:
    np.save(tmp_path / "one.npy", BATCH[0])
    np.save(tmp_path / "several.npy", BATCH)
    np.testing.assert_array_equal(LOOKS[look](model, tmp_path / "one.npy"), LOOKS[look](model, BATCH[0]))
    if look != "maps":
        with pytest.raises(ArgumentError, match=r"several.npy holds 5 samples; say which"):
            LOOKS[look](model, str(tmp_path / "several.npy"))
    with pytest.raises(FileError, match=r"there is no file .*none.npy"):
        LOOKS[look](model, tmp_path / "none.npy")
    (tmp_path / "text.npy").write_text("no array")
    with pytest.raises(FileError, match=r"text.npy holds no arrays of NumPy's"):
        LOOKS[look](model, tmp_path / "text.npy")


def test_samples_of_open_sizes_may_differ(tmp_path: Path) -> None:
    model = Sequential([layers.Input((None, None, 3)), layers.Conv2D(2, 3, name="c")])
    for name, size in (("a.png", (5, 7)), ("b.png", (9, 4))):
        Image.fromarray(RNG.integers(0, 256, (*size, 3), dtype=np.uint8)).save(tmp_path / name)
    found = inspection.feature_maps(model, [tmp_path / "a.png", tmp_path / "b.png"], "c")
    assert [(each.sample, each.spatial) for each in found] == [("a.png", (3, 5)), ("b.png", (7, 2))]
    with pytest.raises(DataError, match="1 to 64 samples"):
        inspection.feature_maps(model, [tmp_path / "a.png"] * 65)


def test_samples_that_depend_on_each_other_go_alone() -> None:
    """What is computed over a batch is computed over each sample, as if it had been alone."""
    x = layers.Input((4, 3))
    model = Model(x, [x - ops.mean(x, axis=0, keepdims=True), ops.softmax(x, axis=0), ops.flip(x, axis=0) + 1.0])
    together = inspection.feature_maps(model, BATCH[:3, :4, :3, 0])
    for each in together:
        (alone,) = inspection.feature_maps(model, BATCH[int(each.sample), :4, :3, 0], each.layer)
        np.testing.assert_array_equal(each.maps, alone.maps)
    (bent, *_) = [each.maps for each in together if each.layer.startswith("softmax")]
    np.testing.assert_array_equal(bent, np.ones((4, 3)))


def bytes_of(folder: Path) -> str:
    """A file of grey that is 128."""
    Image.new("RGB", (4, 4), (128, 128, 128)).save(folder / "grey.png")
    return str(folder / "grey.png")


SCALING: dict[str, tuple[Any, float]] = {
    "none": ([], 128 / 255),
    "bytes": ([layers.Rescaling(1 / 255)], 128.0),
    "bytes around zero": ([layers.Rescaling(1 / 127.5, offset=-1)], 128.0),
    "varied before": ([layers.RandomFlip(), layers.Rescaling(1 / 255)], 128.0),
    "inside": ([Sequential([layers.Input((4, 4, 3)), layers.RandomFlip(), layers.Rescaling(1 / 255)])], 128.0),
    "varied inside": ([Sequential([layers.Input((4, 4, 3)), layers.RandomFlip()]), layers.Rescaling(1 / 255)], 128.0),
    "doubled": ([layers.Rescaling(2.0)], 128 / 255),
    "mean of bytes": ([layers.Normalization(mean=[120.0, 110.0, 100.0], variance=[9.0, 9.0, 9.0])], 128.0),
    "mean of shares": ([layers.Normalization(mean=[0.5, 0.4, 0.4], variance=[0.1, 0.1, 0.1])], 128 / 255),
    "behind a convolution": ([layers.Conv2D(3, 1), layers.Rescaling(1 / 255)], 128 / 255),
}


@pytest.mark.parametrize("kind", SCALING)
def test_files_are_read_as_bytes_for_models_that_scale_them_themselves(kind: str, tmp_path: Path) -> None:
    """A picture that is scaled twice is black, and its answer wrong without a word."""
    begins, wanted = SCALING[kind]
    model = Sequential([layers.Input((4, 4, 3)), *begins, layers.Flatten(), layers.Dense(2, name="d")])
    path = bytes_of(tmp_path)
    (record,) = inspection.feature_maps(model, path, "input")
    np.testing.assert_allclose(record.maps, wanted, rtol=1e-6)
    answer = inspection.feature_maps(model, path, "d")[0].maps
    np.testing.assert_allclose(
        answer, model.predict(np.full((1, 4, 4, 3), wanted, np.float32), verbose=0)[0], rtol=1e-5
    )


def test_a_model_that_was_trained_on_files_tells_how_they_were_read(tmp_path: Path) -> None:
    """As `pellucid train` keeps it; where the numbers were changed on the way, nobody knows."""
    for name, level in (("dark", 10), ("light", 240)):
        (tmp_path / name).mkdir()
        for number in range(4):
            Image.new("L", (6, 6), level + number).save(tmp_path / name / f"{number}.png")

    def read() -> Any:
        return utils.image_dataset_from_directory(
            tmp_path, image_size=(4, 4), color_mode="grayscale", batch_size=4, seed=1, verbose=False
        )

    def fresh() -> Sequential:
        model = Sequential([layers.Input((4, 4, 1)), layers.Flatten(), layers.Dense(2, activation="softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model

    model = fresh()
    model.fit(read().take(1), verbose=0)
    assert model.trained_on.class_names == ("dark", "light") and model.trained_on.scale == 1.0
    model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras")
    assert again.trained_on == model.trained_on and again.trained_on.reading.way == "keras"
    (record,) = inspection.feature_maps(again, tmp_path / "light" / "0.png", "input")
    assert (record.maps == 240.0).all()
    changed = fresh()
    changed.fit(read().map(lambda x, y: (x / 255, y)), verbose=0)
    assert changed.trained_on is None
