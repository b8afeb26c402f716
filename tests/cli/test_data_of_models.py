"""`--data` of `learn`, `compare`, `report` and `explore`: images are read as they were for the model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pellucid import Model, Sequential, layers
from pellucid.cli import main
from pellucid.cli.data_files import class_names_of, samples_of
from pellucid.cli.explore import _study
from pellucid.data.images.reading import Reading, TrainedOn
from pellucid.data.pixels.form import Form
from pellucid.errors import FileError

COUNT = 6
PIXELS = np.random.default_rng(0).integers(0, 256, (COUNT, 6, 6), dtype=np.uint8)
LABELS = np.array([1, 0, 1, 0, 0, 1])
NAMES = ("dark", "light")


def model(scale: float = 1.0, arrays: Form | None = None, size: int = 6) -> Model:
    made = Sequential(
        [layers.Input((size, size, 1)), layers.Conv2D(2, 3, name="conv"), layers.Flatten(), layers.Dense(2)]
    )
    made.trained_on = TrainedOn(Reading(size, size, 1), scale, NAMES, "classes", None, None, arrays)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The same images in every form that is taken."""
    rows = [f"{NAMES[label]},{','.join(map(str, image.ravel()))}" for label, image in zip(LABELS, PIXELS, strict=True)]
    titles = ",".join(f"pixel{place}" for place in range(36))
    (tmp_path / "pixels.csv").write_text("\n".join([f"label,{titles}", *rows]))
    names = np.array(NAMES)[LABELS]
    np.savez(tmp_path / "bytes.npz", x=PIXELS, y=names)
    np.savez(tmp_path / "fractions.npz", x=PIXELS / 255, y=names)
    lines = []
    for number, (label, image) in enumerate(zip(LABELS, PIXELS, strict=True)):
        path = tmp_path / "wrapped" / "photos" / NAMES[label] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
        lines.append(f"{path.relative_to(tmp_path).as_posix()},{NAMES[label]}")
    (tmp_path / "files.csv").write_text("\n".join(["file,kind", *lines]))
    return tmp_path


@pytest.mark.parametrize("name", ["pixels.csv", "bytes.npz", "fractions.npz", "wrapped", "files.csv"])
@pytest.mark.parametrize("scale", [1.0, 1 / 255])
def test_all_forms_give_the_same_samples(folder: Path, name: str, scale: float) -> None:
    """In the numbers of the model; folders in the order of their classes."""
    x, y = samples_of(str(folder / name), model(scale))
    order = np.argsort(LABELS, kind="stable") if name == "wrapped" else np.arange(COUNT)
    np.testing.assert_allclose(x, PIXELS[order][..., np.newaxis] * scale, rtol=1e-6)
    assert y.tolist() == LABELS[order].tolist()


def test_what_a_model_was_not_trained_on_is_refused(folder: Path) -> None:
    """Numbers from elsewhere, another shape, classes that it does not tell, and files where white is unknown."""
    np.savez(folder / "wide.npz", x=PIXELS * 90.0, y=LABELS)
    with pytest.raises(FileError, match="and the model was trained on numbers from 0 to 255"):
        samples_of(str(folder / "wide.npz"), model())
    with pytest.raises(FileError, match="and the model takes 8x8x1"):
        samples_of(str(folder / "pixels.csv"), model(size=8))
    np.savez(folder / "named.npz", x=PIXELS, y=np.array(["cat"] * COUNT))
    with pytest.raises(FileError, match="cat is none of the classes that the model tells"):
        samples_of(str(folder / "named.npz"), model())


def test_arrays_are_taken_as_they_are_where_nobody_knows_better(folder: Path) -> None:
    bare = model()
    bare.trained_on = None
    x, y = samples_of(str(folder / "fractions.npz"), bare)
    assert np.array_equal(x, PIXELS / 255) and y.tolist() == np.array(NAMES)[LABELS].tolist()
    (folder / "wrapped" / "photos" / "other").mkdir()
    Image.fromarray(PIXELS[0]).save(folder / "wrapped" / "photos" / "other" / "9.png")
    x, y = samples_of(str(folder / "wrapped"), model())
    assert len(x) == COUNT + 1 and y is None


def test_folders_name_the_classes_of_a_model_that_does_not(folder: Path) -> None:
    """As many as it tells, in their order, as `evaluate` counts them; then it can be trained on them, too."""
    bare = model()
    bare.trained_on = None
    path = folder / "bare.keras"
    bare.save(path)
    x, y = samples_of(str(folder / "wrapped"), bare)
    np.testing.assert_allclose(x, PIXELS[np.argsort(LABELS, kind="stable")][..., np.newaxis] / 255, rtol=1e-6)
    assert y.tolist() == sorted(LABELS)
    study = _study(str(path), str(folder / "wrapped"), False, 1, {})
    assert study.samples.class_names == NAMES and study.samples.y.tolist() == sorted(LABELS)
    assert study.training.why_not == ""
    (folder / "wrapped" / "photos" / "third").mkdir()
    assert samples_of(str(folder / "wrapped"), bare)[1] is None
    assert class_names_of(str(folder / "wrapped"), bare) == class_names_of(None, bare) == ()


def test_predict_takes_what_a_table_names(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In its order, whatever it says of them; a file that is not there is an error, or left out."""
    made = model()
    made.compile("adam", "sparse_categorical_crossentropy")
    made.save(folder / "m.keras")
    path, table = str(folder / "m.keras"), folder / "wanted.csv"
    names = [line.split(",")[0] for line in (folder / "files.csv").read_text().splitlines()[1:]]
    table.write_text("\n".join(["id,kind", *(f"{name}," for name in names)]))
    assert main.run(["predict", path, str(table), "--json"]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [Path(each["image"]).name for each in found] == [Path(name).name for name in names]
    wanted = made.predict(PIXELS[..., np.newaxis].astype(np.float32), verbose=0)
    np.testing.assert_allclose([each["probabilities"] for each in found], wanted, rtol=1e-4, atol=1e-4)
    table.write_text("\n".join(["id,kind", *(f"{name}," for name in names), "gone.png,"]))
    assert main.run(["predict", path, str(table)]) == 1
    assert "gone.png: there is no such file" in capsys.readouterr().err
    assert main.run(["predict", path, str(table), "--json", "--on-bad-image", "skip"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == COUNT


def test_commands_take_tables_of_pixels(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.keras", "b.keras"):
        made = model()
        made.compile("adam", "sparse_categorical_crossentropy")
        made.save(folder / name)
    files = [str(folder / name) for name in ("a.keras", "b.keras")]
    for data in ("pixels.csv", "wrapped", "files.csv"):
        assert main.run(["compare", *files, "--data", str(folder / data), "--layer", "conv"]) == 0
        assert main.run(["learn", "3", "--model", files[0], "--layer", "conv", "--data", str(folder / data)]) == 0
    capsys.readouterr()
    assert main.run(["learn", "3", "--data", str(folder / "pixels.csv")]) == 1
    assert "give the model that it is read for: --model FILE" in capsys.readouterr().err
