"""Folders of images as people have them: bad files are named, all at once, and good ones are used."""

from __future__ import annotations

import os
import warnings
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pellucid import Sequential, layers, preprocessing
from pellucid.data.folders.survey import stratified, survey
from pellucid.errors import ArgumentError, ArgumentTypeError, FileError
from pellucid.utils import image_dataset_from_directory


def _save(path: Path, value: int, size: tuple[int, int] = (6, 5)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (value, value, value)).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Dark cats and bright dogs, six of each."""
    for name, value in (("cats", 20), ("dogs", 220)):
        for number in range(6):
            _save(tmp_path / "photos" / name / f"{number}.png", value + number)
    return tmp_path / "photos"


def _bad(folder: Path) -> dict[str, str]:
    """Files that are no images, each with what is said of it."""
    good = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    Image.fromarray(good).save(folder / "whole.jpg")
    content = (folder / "whole.jpg").read_bytes()
    (folder / "whole.jpg").unlink()
    made = {
        "cats/cut.jpg": content[: len(content) // 2],
        "cats/empty.png": b"",
        "dogs/text.jpg": b"only words\n",
        "dogs/na\nme é.png": b"\x89PNG\r\n\x1a\n but no more",
    }
    for name, data in made.items():
        (folder / name).write_bytes(data)
    (folder / "dogs" / "gone.gif").symlink_to(folder / "nowhere.gif")
    return {
        "cut.jpg": "damaged or cut short", "empty.png": "an empty file", "text.jpg": "looks like text",
        "na\\nme é.png": "", "gone.gif": "no such file",
    }  # fmt: skip


def test_it_is_where_keras_has_it() -> None:
    assert preprocessing.image_dataset_from_directory is image_dataset_from_directory


def test_bad_files_are_named_all_at_once(folder: Path) -> None:
    """In one line, with the reason for each, in whatever batches they would have been."""
    bad = _bad(folder)
    data = image_dataset_from_directory(folder, image_size=8, verbose=False, batch_size=2, seed=3)
    with pytest.raises(FileError) as caught:
        list(data)
    message = str(caught.value)
    assert message.startswith("5 image files cannot be used: ") and "\n" not in message
    for name, reason in bad.items():
        assert name in message and reason in message
    assert 'on_bad_image="skip"' in message


def test_twenty_are_named_of_many(folder: Path) -> None:
    for number in range(23):
        (folder / "cats" / f"empty{number}.png").touch()
    data = image_dataset_from_directory(folder, image_size=8, verbose=False, shuffle=False, batch_size=4)
    with pytest.raises(FileError, match=r"^23 image files cannot be used: .*; and 3 more\. Mend") as caught:
        list(data.map(lambda x, y: (x, y)).prefetch(2))
    assert str(caught.value).count("an empty file") == 20


def test_a_survey_tells_sizes_upright_and_what_is_there_twice(folder: Path) -> None:
    """As they are seen: a camera that was held turned says so in its file. Nothing is trained on and kept aside."""
    photo, turned = Image.new("RGB", (30, 20), (9, 9, 9)), Image.Exif()
    turned[0x0112] = 6
    names = ("a.jpg", "b.png", "c.webp")
    for name in names:
        photo.save(folder / name, exif=turned)
    photo.save(folder / "d.png")
    found = survey([str(folder / name) for name in (*names, "d.png", "a.jpg")])
    assert found.sizes == ((20, 30), (20, 30), (20, 30), (30, 20), (20, 30)) and not found.copies
    for number in range(8):
        _save(folder / "cats" / f"x{number}.png", 100 + number)
        _save(folder / "cats" / f"y{number}.png", 100 + number)
    files = [str(path) for path in sorted((folder / "cats").glob("[xy]*.png"))]
    train, held = stratified([0] * 16, 0.3, 1, survey(files).copies_among(files))
    assert len(held) == 5 and len(train) == 6
    assert not {int(row) % 8 for row in train} & {int(row) % 8 for row in held}


def test_bad_files_are_left_out_when_that_is_wanted(folder: Path) -> None:
    """Good ones are all there, in every epoch; the others are listed."""
    bad = _bad(folder)
    data = image_dataset_from_directory(folder, image_size=8, verbose=False, batch_size=4, on_bad_image="skip", seed=1)
    for _ in range(2):
        batches = list(data)
        assert sum(len(y) for _, y in batches) == 12
        assert all((x.mean(axis=(1, 2, 3)) > 100).tolist() == (y == 1).tolist() for x, y in batches)
    assert len(data.skipped) == len(bad)


@pytest.mark.skipif(os.geteuid() == 0, reason="who may do everything can read everything")
def test_files_that_may_not_be_read(folder: Path) -> None:
    (folder / "cats" / "0.png").chmod(0)
    with pytest.raises(FileError, match=r"0\.png cannot be read"):
        list(image_dataset_from_directory(folder, image_size=8, verbose=False))


def test_kinds_of_images_that_are_good(folder: Path) -> None:
    """Palettes, greys, 16 bits, transparency, CMYK, animations: whatever Pillow reads of these formats."""
    kinds = folder / "cats"
    Image.new("P", (4, 4), 3).save(kinds / "palette.gif")
    Image.new("LA", (4, 4), (9, 9)).save(kinds / "la.png")
    Image.new("P", (4, 4), 3).save(kinds / "clear.png", transparency=bytes(range(256)))
    Image.new("1", (4, 4), 1).save(kinds / "bits.png")
    Image.fromarray(np.full((4, 4), 40000, np.uint16)).save(kinds / "sixteen.png")
    Image.new("CMYK", (4, 4)).save(kinds / "print.jpg")
    frames = [Image.new("L", (4, 4), value) for value in (10, 200)]
    frames[0].save(kinds / "moving.gif", save_all=True, append_images=frames[1:])
    for mode, channels in (("rgb", 3), ("grayscale", 1), ("rgba", 4)):
        data = image_dataset_from_directory(folder, image_size=8, color_mode=mode, verbose=False)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            batches = list(data)
        assert sum(len(x) for x, _ in batches) == 19
        assert all(x.shape[1:] == (8, 8, channels) and np.isfinite(x).all() for x, _ in batches)


def test_links_that_lead_in_a_circle(folder: Path) -> None:
    """What is linked to is read once, and a folder in which a link lies not again."""
    (folder / "cats" / "all").symlink_to(folder, target_is_directory=True)
    (folder / "cats" / "here").symlink_to(folder / "cats", target_is_directory=True)
    _save(folder.parent / "elsewhere" / "7.png", 30)
    (folder / "cats" / "more").symlink_to(folder.parent / "elsewhere", target_is_directory=True)
    data = image_dataset_from_directory(folder, image_size=8, follow_links=True, verbose=False)
    assert sum(len(y) for _, y in data) == len(data.file_paths) == 13


def test_batches_and_orders_as_tensorflow_words_them(folder: Path) -> None:
    """The last batch left out where it is smaller, and one order for all epochs."""
    data = image_dataset_from_directory(folder, image_size=8, verbose=False, batch_size=None, shuffle=False)
    whole = data.batch(5, drop_remainder=True).prefetch(2)
    assert (len(whole), [len(y) for _, y in whole]) == (2, [5, 5])
    assert (len(data.batch(5)), len(data.batch(6, drop_remainder=True).shard(2, 1))) == (3, 1)
    mixed = data.batch(12).shuffle(100, seed=1, reshuffle_each_iteration=False)
    first, second = ([y.tolist() for _, y in mixed.batches(epoch, seed=0)] for epoch in (0, 1))
    assert first == second != [[0] * 6 + [1] * 6]
    with pytest.raises(ArgumentError, match="in memory alone"):
        data.cache("kept")


def test_training_on_a_folder(folder: Path) -> None:
    """`fit`, `evaluate` and `predict` take it, and a seed makes it repeatable."""
    results = []
    for _ in range(2):
        data = image_dataset_from_directory(folder, image_size=8, verbose=False, seed=4, batch_size=5)
        model = Sequential([layers.Input((8, 8, 3)), layers.Rescaling(1 / 255), layers.Flatten()])
        model.add(layers.Dense(2, "softmax"))
        model.set_weights([np.zeros((192, 2)), np.zeros(2)])
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(data.cache().prefetch(2), epochs=2, verbose=0)
        results.append(model.get_weights()[0])
        assert model.predict(data.map(lambda x, y: x), verbose=0).shape == (12, 2)
        assert len(model.evaluate(data, verbose=0)) == 2
    assert np.array_equal(*results)
    assert np.abs(results[0]).max() > 0


def test_epochs_have_orders_of_their_own(folder: Path) -> None:
    """All files in each; the same ones again for the same epoch and seed, from any batch on."""
    data = image_dataset_from_directory(folder, image_size=2, verbose=False, seed=9, batch_size=5)
    epochs = [[x[:, 0, 0, 0].tolist() for x, _ in data.batches(epoch, seed=0)] for epoch in (0, 1, 0)]
    assert epochs[0] == epochs[2] != epochs[1]
    assert sorted(chain(*epochs[0])) == sorted(chain(*epochs[1]))
    assert [x[:, 0, 0, 0].tolist() for x, _ in data.batches(1, seed=0, start=2)] == epochs[1][2:]
    kept = data.cache()
    assert [[x[:, 0, 0, 0].tolist() for x, _ in kept.batches(epoch, seed=0)] for epoch in (0, 1)] == epochs[:2]


WRONG = {
    "no folder": ({"directory": "no/such"}, FileError, "there is no such folder"),
    "split alone": ({"validation_split": 0.2}, ArgumentError, "go together"),
    "split without seed": ({"validation_split": 0.2, "subset": "both"}, ArgumentError, "give a seed"),
    "split of one": ({"validation_split": 1.0, "subset": "both", "seed": 1}, ArgumentError, "between 0 and 1"),
    "split too small": ({"validation_split": 0.01, "subset": "both", "seed": 1}, ArgumentError, "none for validation"),
    "wrong class": ({"class_names": ["cat"]}, ArgumentError, "has no sub-folder 'cat'"),
    "no class": ({"class_names": []}, ArgumentTypeError, "class_names must be"),
    "a class twice": ({"class_names": ["cats", "cats"]}, ArgumentError, "'cats' stands there more than once"),
    "labels with gaps": ({"labels": [0, 5] * 6, "label_mode": "categorical"}, ArgumentError, "0 to 1; got 5 among"),
    "labels that are not 0 and 1": ({"labels": [1, 2] * 6, "label_mode": "binary"}, ArgumentError, "0 to 1; got 2"),
    "too few labels": ({"labels": [1, 2]}, ArgumentError, "got 2 labels for the 12 files of images"),
    "crop and pad": ({"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, ArgumentError, "exclude each other"),
    "of TensorFlow alone": ({"interpolation": "area"}, ArgumentError, "'area' is TensorFlow's alone"),
    "three numbers": ({"image_size": (8, 8, 3)}, ArgumentError, "image_size"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arguments(folder: Path, case: str) -> None:
    arguments, error, message = WRONG[case]
    with pytest.raises(error, match=message):
        image_dataset_from_directory(**({"directory": folder, "verbose": False} | arguments))


def test_folders_without_images_or_classes(folder: Path, tmp_path: Path) -> None:
    for name in ("empty", "flat"):
        (tmp_path / name).mkdir()
    _save(tmp_path / "flat" / "1.png", 3)
    for name in ("empty", "flat"):
        with pytest.raises(FileError, match="has no sub-folders; expected one for each class"):
            image_dataset_from_directory(tmp_path / name)
    (tmp_path / "empty" / "cats").mkdir()
    with pytest.raises(ArgumentError, match="there are no images"):
        image_dataset_from_directory(tmp_path / "empty")
    with pytest.raises(ArgumentError, match="for 2 classes"):
        _save(folder / "birds" / "1.png", 1)
        image_dataset_from_directory(folder, label_mode="binary")
