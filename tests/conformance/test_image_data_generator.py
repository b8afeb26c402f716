"""`ImageDataGenerator` and what belongs to it against Keras's own, which is still there under `legacy`.

Keras 3 turns rows and columns about when it makes the map of places, Keras 2 did not: its changes are those of the
transposed image.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import PIL.Image
import pytest
from keras.src.legacy.preprocessing import image as keras_image

from pellucid import Sequential, layers, legacy, utils
from pellucid.errors import ArgumentError, DataError
from pellucid.preprocessing import image

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*scipy.ndimage.interpolation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:This ImageDataGenerator specifies"),
]
MOVES = {
    "rotation": {"theta": 23.0},
    "shift": {"tx": 2.3, "ty": -1.2},
    "shear": {"shear": 17.0},
    "zoom": {"zx": 0.7, "zy": 1.4},
    "all": {"theta": -40.0, "tx": 3.0, "ty": 1.5, "shear": 8.0, "zx": 1.2, "zy": 0.9},
}


def sample(seed: int = 0, size: int = 12) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 255, (size, size, 3)).astype(np.float32)


@pytest.mark.parametrize("fill_mode", ["nearest", "constant", "reflect", "wrap"])
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("name", MOVES)
def test_affine_changes_are_scipys(name: str, order: int, fill_mode: str) -> None:
    x, axes = sample(), {"row_axis": 0, "col_axis": 1, "channel_axis": 2}
    options: dict[str, Any] = {**MOVES[name], **axes, "fill_mode": fill_mode, "cval": 7.0, "order": order}
    ours = image.apply_affine_transform(x.transpose(1, 0, 2), **options).transpose(1, 0, 2)
    keras_s = keras_image.apply_affine_transform(x, **options)
    differ = abs(ours - keras_s).max(axis=-1) > 1e-2
    assert differ.sum() <= (3 if order == 0 or fill_mode == "constant" else 0)  # places that are rounded otherwise


@pytest.mark.parametrize("dtype", ["uint8", "int8", ">i2", "int32", "bool"])
def test_whole_numbers_are_rounded(dtype: str) -> None:
    """To the nearest, as SciPy rounds them; they were cut. A mask is seen where half of it is."""
    axes = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}
    values = sample(2).astype(np.int64) - (128 if dtype == "int8" else 0)
    for options in ({"theta": 23.0}, {"zx": 0.7, "zy": 1.4}, {"shear": 17.0, "fill_mode": "constant", "cval": 3.7}):
        x = (values > 128 if dtype == "bool" else values).astype(dtype)
        ours = image.apply_affine_transform(x.transpose(1, 0, 2), **axes, **options).transpose(1, 0, 2)
        if dtype == "bool":
            theirs = keras_image.apply_affine_transform(x.astype(np.float64), **axes, **options) >= 0.5
        else:
            theirs = keras_image.apply_affine_transform(x, **axes, **options)
        assert ours.dtype == x.dtype
        wrong = ours != theirs
        assert wrong.mean() < 0.01  # sums that end at a half are rounded either way
        np.testing.assert_allclose(ours.astype(np.float64), theirs.astype(np.float64), atol=1.0)


def test_a_shift_over_the_height_moves_rows() -> None:
    x = np.arange(12.0).reshape(4, 3, 1)
    np.testing.assert_array_equal(image.ImageDataGenerator().apply_transform(x, {"tx": 1})[:3], x[1:])


@pytest.mark.parametrize("scale", [True, False])
def test_colours_change_as_in_keras(scale: bool) -> None:
    x = sample(1)
    for values in (x, x - 300.0):
        ours = image.apply_brightness_shift(values, 0.6, scale)
        np.testing.assert_allclose(ours, keras_image.apply_brightness_shift(values, 0.6, scale), rtol=1e-5)
    np.testing.assert_array_equal(image.apply_channel_shift(x, 40.0, 2), keras_image.apply_channel_shift(x, 40.0, 2))


OPTIONS: list[dict[str, Any]] = [
    {"rescale": 1 / 255},
    {"samplewise_std_normalization": True},
    {"horizontal_flip": True, "vertical_flip": True, "channel_shift_range": 20.0, "brightness_range": (0.5, 1.5)},
    {"featurewise_center": True, "featurewise_std_normalization": True},
    {"zca_whitening": True, "zca_epsilon": 1e-2},
    {"preprocessing_function": lambda x: x[..., ::-1] * 2.0},
]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "-".join(options))
@pytest.mark.filterwarnings("ignore:.*featurewise_center")
def test_batches_are_those_of_keras(options: dict[str, Any]) -> None:
    """With a seed the same images in the same order, changed by the same numbers, over more than one epoch."""
    x = np.stack([sample(number, 8) for number in range(10)])
    y = np.arange(10)
    found = []
    for library in (image, keras_image):
        generator = library.ImageDataGenerator(**options)
        if "featurewise_center" in options or "zca_whitening" in options:
            generator.fit(x)
        flow = generator.flow(x.copy(), y, batch_size=4, seed=3)
        found.append([next(flow) for _ in range(5)])
    for (ours, our_y), (keras_s, keras_y) in zip(*found, strict=True):
        np.testing.assert_array_equal(our_y, keras_y)
        np.testing.assert_allclose(ours, keras_s, rtol=1e-3, atol=1e-3)


def test_random_numbers_are_drawn_in_keras_s_order() -> None:
    options: dict[str, Any] = {
        "rotation_range": 30, "width_shift_range": 0.2, "height_shift_range": [1, 2, 3], "shear_range": 5,
        "zoom_range": 0.3, "horizontal_flip": True, "channel_shift_range": 9, "brightness_range": (0.5, 2),
    }  # fmt: skip
    ours, keras_s = (
        library.ImageDataGenerator(**options).get_random_transform((8, 8, 3), seed=5)
        for library in (image, keras_image)
    )
    assert ours == pytest.approx(keras_s)


def test_one_seed_makes_the_same_of_images_and_masks() -> None:
    x = np.stack([sample(number) for number in range(6)])
    flows = [image.ImageDataGenerator(rotation_range=40).flow(x, batch_size=3, seed=7) for _ in range(2)]
    for _ in range(3):
        np.testing.assert_array_equal(next(flows[0]), next(flows[1]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, count in (("cats", 5), ("dogs", 4)):
        (tmp_path / name).mkdir()
        for number in range(count):
            pixels = np.random.default_rng(number).integers(0, 255, (9, 7, 3), dtype=np.uint8)
            PIL.Image.fromarray(pixels).save(tmp_path / name / f"{number}.png")
    return tmp_path


@pytest.mark.parametrize("mode", ["categorical", "binary", "sparse", "input", None])
def test_folders_give_keras_s_batches(folder: Path, mode: str | None) -> None:
    flows = [
        library.ImageDataGenerator(rescale=0.5, validation_split=0.4).flow_from_directory(
            str(folder), target_size=(6, 5), class_mode=mode, batch_size=2, seed=1, subset="training"
        )
        for library in (image, keras_image)
    ]
    ours, keras_s = flows
    assert (ours.samples, ours.class_indices, ours.filenames) == (6, keras_s.class_indices, keras_s.filenames)
    for _ in range(4):
        for mine, theirs in zip(next(ours), next(keras_s), strict=True):
            np.testing.assert_allclose(mine, theirs, atol=1e-4)


def test_the_files_of_a_folder_are_keras_s(folder: Path) -> None:
    """Those of its endings, hidden ones and those in folders too; and what is cut where proportions are kept."""
    (folder / "cats" / ".checkpoints").mkdir()
    for name in ("a.gif", "b.webp", "c.PPM", "d.tif", "e.tiff", "f.jfif", ".g.png", ".checkpoints/h.png"):
        (folder / "cats" / name).write_bytes((folder / "cats" / "0.png").read_bytes())
    flows = [
        library.ImageDataGenerator().flow_from_directory(
            str(folder), target_size=(6, 2), batch_size=20, shuffle=False, keep_aspect_ratio=True
        )
        for library in (image, keras_image)
    ]
    assert flows[0].filenames == flows[1].filenames and len(flows[0].filenames) == 14
    np.testing.assert_array_equal(next(flows[0])[0], next(flows[1])[0])


def test_a_table_names_the_files(folder: Path) -> None:
    """Anything with columns does; a file that is not there is left out, and told."""
    table = {
        "filename": ["cats/0.png", "dogs/1.png", "dogs/9.png", "cats/2.png"],
        "class": ["cat", "dog", "dog", "cat"],
    }
    with pytest.warns(UserWarning, match=r"1 files are not there or no images, the first: .*9\.png"):
        flow = image.ImageDataGenerator().flow_from_dataframe(
            table, str(folder), target_size=(4, 4), batch_size=3, shuffle=False
        )
    x, y = next(flow)
    assert (x.shape, y.tolist(), flow.class_indices) == ((3, 4, 4, 3), [[1, 0], [0, 1], [1, 0]], {"cat": 0, "dog": 1})
    with (
        pytest.warns(UserWarning),
        pytest.raises(ArgumentError, match=r"no column 'label'; it has \['filename', 'class'\]"),
    ):
        image.ImageDataGenerator().flow_from_dataframe(table, str(folder), y_col="label")


def test_samples_are_counted_as_in_keras_1() -> None:
    """Of a flow and of a plain generator, whose first batch is not lost."""
    x, y = np.ones((10, 4, 4, 1), np.float32), np.ones((10, 1))
    seen: list[int] = []

    def plain() -> Any:
        while True:
            seen.append(4)
            yield x[:4], y[:4]

    with legacy.collected():
        model = Sequential([layers.Flatten(input_shape=(4, 4, 1)), layers.Dense(1)])
        model.compile("sgd", "mse")
        flow = image.ImageDataGenerator().flow(x, y, batch_size=4)
        assert model.predict_generator(flow, val_samples=10).shape == (10, 1)
        model.fit_generator(plain(), samples_per_epoch=10, nb_epoch=2, verbose=0)
    assert len(seen) in (6, 7)  # three batches in an epoch; one may be made ahead


def test_what_cannot_be() -> None:
    with pytest.raises(ArgumentError, match="fill_mode 'mirror'"):
        image.ImageDataGenerator(fill_mode="mirror")
    with pytest.raises(ArgumentError, match="must see images first"):
        next(image.ImageDataGenerator(featurewise_center=True).flow(np.ones((2, 3, 3, 1))))
    with pytest.raises(DataError, match="there is no image"):
        image.ImageDataGenerator().flow(np.ones((0, 3, 3, 1)))
    with pytest.raises(ArgumentError, match="there is no folder 'nowhere'"):
        image.ImageDataGenerator().flow_from_directory("nowhere")
    with pytest.raises(ArgumentError, match="validation_split"):
        image.ImageDataGenerator().flow(np.ones((2, 3, 3, 1)), subset="training")


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic", "lanczos", "box", "hamming"])
@pytest.mark.parametrize("keep", [True, False])
def test_images_are_read_as_in_keras(tmp_path: Path, interpolation: str, keep: bool) -> None:
    path = str(tmp_path / "image.png")
    utils.save_img(path, sample(3)[:, :9])
    for mode in ("rgb", "rgba", "grayscale"):
        options: dict[str, Any] = {"color_mode": mode, "interpolation": interpolation, "keep_aspect_ratio": keep}
        ours = utils.img_to_array(utils.load_img(path, target_size=(6, 5), **options))
        theirs = keras.utils.img_to_array(keras.utils.load_img(path, target_size=(6, 5), **options))
        np.testing.assert_array_equal(ours, theirs)


def test_arrays_become_images_as_in_keras() -> None:
    for x in (sample(2), sample(2)[..., :1] - 100.0, np.zeros((2, 2, 4))):
        for scale in (True, False):
            ours, theirs = (module.array_to_img(np.clip(x, 0, 255), scale=scale) for module in (utils, keras.utils))
            assert (ours.mode, ours.tobytes()) == (theirs.mode, theirs.tobytes())
    with pytest.raises(ArgumentError, match="1, 3 or 4 channels"):
        utils.array_to_img(np.zeros((2, 2, 5)))
