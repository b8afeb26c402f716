"""What is said of files that are not used, and of images that were trained on; on narrow terminals too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import stopping
from PIL import Image

from pellucid import Sequential, layers, load_model
from pellucid.cli import evaluate, main
from pellucid.cli.new_images import joined, judged_apart
from pellucid.cli.screen import say
from pellucid.data import Reading
from pellucid.data.folders.survey import survey
from pellucid.data.images.reading import Remembered, TrainedOn
from pellucid.inspection import Deviations, Segmentation, confusion, deviations, segmentation


def _noise(path: Path, grey: int, seed: int) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = (
        np.random.default_rng(seed).normal(grey + 15 * (seed % 3 - 1), 60, (12, 12, 3)).clip(0, 255).astype(np.uint8)
    )
    Image.fromarray(pixels).save(path)
    return str(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, grey in (("dark", 110), ("light", 140)):
        for number in range(6):
            _noise(tmp_path / "photos" / name / f"{number}.png", grey, seed=number + grey)
    return tmp_path / "photos"


def _saved(path: Path, known: list[str]) -> Path:
    """A model that is wrong now and then, and was trained on some files."""
    net = Sequential([layers.Input((8, 8, 3)), layers.GlobalAveragePooling2D(), layers.Dense(2, activation="softmax")])
    net.layers[-1].set_weights([np.array([[-9.0, 9.0], [4.0, -4.0], [-9.0, 9.0]]), np.array([6.8, -6.8])])
    net.trained_on = TrainedOn(Reading(8, 8, 3), 1 / 255, ("dark", "light"), files=Remembered(tuple(sorted(known))))
    net.save(path)
    return path


def test_images_are_predicted_once_and_those_that_are_known_are_told(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """New and known ones apart; put together they are what one pass over all of them says."""
    files = sorted(str(path) for path in folder.rglob("*.png"))
    digests = survey(files).digests
    path = _saved(tmp_path / "model.keras", [digests[file] for file in files[::2]])
    seen: list[str] = []
    judge = evaluate.judged

    def counted(model: object, data: object, kind: str, class_names: object, names: list[str]) -> object:
        seen.extend(names)
        return judge(model, data, kind, class_names, names)

    monkeypatch.setattr(evaluate, "judged", counted)
    found = evaluate._of_folder(load_model(path), folder, "error")
    assert sorted(seen) == files
    model, labels = load_model(path), np.repeat([0, 1], 6)
    x = np.stack([model.trained_on.sample(file) for file in files])
    whole = confusion(model, x, labels, names=files)
    assert 0 < whole.accuracy < 1
    np.testing.assert_array_equal(found.counts, whole.counts)
    assert [(m.number, m.name, m.true) for m in found.mistakes] == [(m.number, m.name, m.true) for m in whole.mistakes]
    right = int(np.trace(confusion(model, x[1::2], labels[1::2]).counts))
    said, verb = capsys.readouterr().err, "is" if right == 1 else "are"
    assert (
        f"trained on 6 of these 12 images; the other 6 tell how good it is on new ones: {right} {verb} right." in said
    )


def test_what_is_found_of_two_parts_is_what_is_found_of_all() -> None:
    """Of masks: counts, and the worst images in their order, by their numbers among all."""
    rng = np.random.default_rng(1)
    x, masks = rng.uniform(0, 1, (7, 8, 8, 3)), rng.integers(0, 3, (7, 8, 8))
    net = Sequential([layers.Input((8, 8, 3)), layers.Conv2D(3, 1, activation="softmax")])
    whole = segmentation(net, x, masks)
    new, old = [1, 2, 5], [0, 3, 4, 6]
    found = joined(segmentation(net, x[new], masks[new]), new, segmentation(net, x[old], masks[old]), old)
    assert isinstance(found, Segmentation) and found.images == 7
    np.testing.assert_array_equal(found.counts, whole.counts)
    assert [each.number for each in found.worst] == [each.number for each in whole.worst]
    _, told = judged_apart("masks", "abcdefg", "adeg", lambda at: segmentation(net, x[list(at)], masks[list(at)]))
    mean = segmentation(net, x[new], masks[new]).mean_overlap
    assert told == [
        f"It was trained on 4 of these 7 images; the other 3 tell how good it is on new ones: a mean IoU of {mean:.3f}."
    ]


def test_numbers_of_new_images_are_told_apart() -> None:
    net = Sequential([layers.Input((1,)), layers.Dense(1, kernel_initializer="ones")])
    x, y = np.array([[1.0], [2.0], [3.0]]), np.array([2.0, 2.0, 7.0])
    calls = []

    def judge(places: Sequence[int]) -> Deviations:
        calls.append(len(places))
        return deviations(net, x[list(places)], y[list(places)], ["age"])

    for known, said in (("a", "mean errors age 2"), ("bc", "mean errors age 1")):
        _, told = judged_apart("numbers", "abc", known, judge)
        assert told[0].endswith(f"how good it is on new ones: {said}.")
    assert judged_apart("numbers", "abc", "abc", judge)[1] == [
        "It was trained on all of these images: how good it is on new ones they do not tell."
    ]
    assert judged_apart("numbers", "abc", "d", judge)[1] == [] and calls == [3] * 4


@pytest.mark.parametrize("name", ["evaluate", "predict", "train"])
def test_a_word_that_nobody_knows_is_refused(
    name: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = [] if name == "train" else [str(_saved(tmp_path / "model.keras", []))]
    assert main.run([name, *model, str(folder), "--on-bad-image", "skp"]) == 2
    assert "error or skip, got 'skp'" in capsys.readouterr().err


def test_pictures_of_kinds_that_are_not_read_are_told(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By every command; what browsers save as .jfif is a JPEG and is read."""
    path = str(_saved(tmp_path / "model.keras", []))
    for ending in ("tga", "heic", "mp4"):
        (folder / "dark" / f"x.{ending}").touch()
    (folder / "dark" / ".hidden").mkdir()
    (folder / "dark" / ".hidden" / "y.tga").touch()
    Image.new("RGB", (8, 8)).save(folder / "dark" / "saved.jfif", format="jpeg")
    for command in ("evaluate", "predict"):
        assert main.run([command, path, str(folder)]) == 0
        said = capsys.readouterr()
        assert "Left alone: 3 of kinds that are not read (" in said.err
        assert all(f"{ending} 1" in said.err for ending in (".tga", ".heic", ".mp4"))
        assert "13 samples" in said.out or said.out.count("probability") == 13
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.heic").touch()
    assert main.run(["predict", path, str(tmp_path / "other")]) == 1
    assert "has no images in it" in (said := capsys.readouterr().err) and "(.heic 1); save them as JPEG" in said


def test_a_network_of_masks_is_none_of_classes(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["train", str(folder), "--model", "unet", "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert "--model unet tells the class of each place, so it wants masks" in said and "lenet" in said


def test_a_training_has_no_less_epochs_than_it_has_done(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And is not changed by the attempt."""
    monkeypatch.setattr("pellucid.cli.train.draw_pictures", lambda *arguments: [])
    out = str(tmp_path / "out")
    with stopping.in_epoch(3):
        assert main.run(["train", str(folder), "--size", "8", "--epochs", "3", "--verbose", "0", "--out", out]) == 130
    assert main.run(["train", "--resume", out, "--epochs", "1"]) == 1
    said = capsys.readouterr().err
    assert "has trained for 2 epochs already, which is more than --epochs 1; give 2 or more, or leave it out" in said
    assert main.run(["train", "--resume", out, "--verbose", "0"]) == 0
    assert "Going on with epoch 3 of 3" in capsys.readouterr().out


def test_sentences_are_broken_between_words_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sentence = "Found 1,234 images of 3 classes: cats 400, dogs 500, horses 334."
    monkeypatch.setenv("COLUMNS", "40")
    say([sentence, ""])
    assert capsys.readouterr().out == f"{sentence}\n\n"
    monkeypatch.setattr("pellucid.cli.screen.is_terminal", lambda stream: True)
    say([sentence, ""])
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 40 and out.endswith(".\n\n") and " ".join(out.split()) == sentence
