"""`pellucid train digits`: the demonstration, from the first line to the last file."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest
from command import Outcome, in_a_shell, run, run_on_terminal
from PIL import Image

from pellucid import datasets, load_model
from pellucid.cli.recipes import RECIPES

EPOCH = re.compile(
    r"(Epoch (\d+)/(\d+) - )?41/41 - \d+s - \d+(us|ms|s)/step"
    r"( - (val_)?(accuracy|loss): \d+\.\d{4}(e-\d\d)?){4}"
)


@dataclass(frozen=True)
class Training:
    """A training with all its epochs, and where its files are."""

    outcome: Outcome
    folder: Path

    @property
    def pictures(self) -> list[Path]:
        """The files that the output tells to look at."""
        told = self.outcome.out.split("Look at:\n")[1].split("The model is in")[0]
        return [self.folder.parent / line.strip() for line in told.splitlines()]


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Training:
    """The command as the README has it."""
    folder = tmp_path_factory.mktemp("home")
    return Training(run("train", "digits", cwd=folder), folder / "pellucid-digits")


def test_accuracy(training: Training) -> None:
    """At least 0.98 on the held-out fifth; the printed numbers are those of the saved model."""
    assert (training.outcome.code, training.outcome.err) == (0, "")
    found = re.search(
        r"^Accuracy on 360 held-out images: (0\.\d{4}|1\.0000) \((\d+) right, (\d+) wrong\)\.$",
        training.outcome.out,
        re.M,
    )
    assert found
    accuracy, right, wrong = float(found[1]), int(found[2]), int(found[3])
    assert accuracy >= 0.98
    assert right + wrong == 360
    assert accuracy == round(right / 360, 4)
    _, (x, y) = datasets.digits.load_data()
    answers = np.asarray(load_model(training.folder / "model.keras").predict(x))
    assert int((answers.argmax(axis=-1) == y).sum()) == right


def test_time(training: Training) -> None:
    """Under 20 seconds on two cores, by its own account."""
    found = re.search(r"^Trained (\d+) epochs in (\d+\.\d) s\.$", training.outcome.out, re.M)
    assert found
    assert float(found[2]) < 20


def test_one_plain_line_per_epoch(training: Training) -> None:
    """The output is no terminal: no carriage returns, no colours, numbered lines in Keras's format."""
    assert "\r" not in training.outcome.out
    assert "\x1b" not in training.outcome.out
    lines = [line for line in training.outcome.out.splitlines() if "41/41" in line]
    matches = [EPOCH.fullmatch(line) for line in lines]
    assert all(matches)
    count = int(re.search(r"Trained (\d+) epochs", training.outcome.out)[1])  # type: ignore[index]
    assert [int(match[2]) for match in matches if match] == list(range(1, count + 1))


def test_pictures(training: Training) -> None:
    """Every file that is named is there, is a picture of some size, and is not blank."""
    names = [path.name for path in training.pictures]
    assert names == [
        "filters-conv1.png", "filters-conv2.png", "feature-maps.png", "curves.png", "one-value.png",
    ]  # fmt: skip
    for path in training.pictures:
        with Image.open(path) as image:
            image.load()
            assert image.format == "PNG"
            assert min(image.size) >= 300
            pixels = np.asarray(image.convert("L")).astype(float)
        assert pixels.std() > 5
        assert len(np.unique(pixels)) > 30


def test_nothing_else_is_left(training: Training) -> None:
    """The model, the pictures, and the image that the next command is told to try."""
    expected = {"model.keras", "held-out-image.png", *[path.name for path in training.pictures]}
    assert {path.name for path in training.folder.iterdir()} == expected
    assert [path.name for path in training.folder.parent.iterdir()] == ["pellucid-digits"]


def test_one_value_is_explained(training: Training) -> None:
    """Nine products, their sum, the bias, the activation; and the engine agrees."""
    text = training.outcome.out.split("One value, down to the last product")[1]
    products = re.findall(r"weight \[\d, \d\] input \[.*\] +(-?[\d.]+) x +(-?[\d.]+) = +(-?[\d.]+)", text)
    assert len(products) == 9
    for x, weight, product in products:
        assert float(x) * float(weight) == pytest.approx(float(product), abs=2e-5)
    total = float(re.search(r"sum of the products +=  ?(-?[\d.]+)", text)[1])  # type: ignore[index]
    assert total == pytest.approx(sum(float(product) for *_, product in products), abs=1e-4)
    assert "equal up to float32 rounding" in " ".join(text.split())


def test_the_commands_to_try_next(training: Training) -> None:
    """As they are printed, they work, in the shell and in the folder in which they are read."""
    told = [line.strip() for line in training.outcome.out.split("Try:\n")[1].splitlines() if line.strip()]
    assert [line.split()[1] for line in told] == ["summary", "predict", "learn", "explore", "train"]
    shown = ""
    for line in told[:3]:
        outcome = in_a_shell(line.partition("     (")[0], cwd=training.folder.parent)
        assert (outcome.code, outcome.err) == (0, "")
        shown += outcome.out
    _, (_, y) = datasets.digits.load_data()
    assert f"class {y[0]}, probability 0.9" in shown or f"class {y[0]}, probability 1.0" in shown


def test_an_inverted_digit_is_told(training: Training, tmp_path: Path) -> None:
    """Dark on white paper, which no digit was that the network has seen; --invert mends it."""
    with Image.open(training.folder / "held-out-image.png") as image:
        Image.fromarray(255 - np.asarray(image)).save(tmp_path / "paper.png")
    arguments = ["predict", str(training.folder / "model.keras"), str(tmp_path / "paper.png")]
    assert "unlike what digits_cnn was trained on: it looks inverted" in run(*arguments).err
    assert run(*arguments, "--invert").err == ""


def test_seeds_and_a_second_training_in_the_same_folder(tmp_path: Path) -> None:
    """Equal seeds give equal weights to the bit, whatever the threads; another seed gives others, in the old place."""
    weights, files = [], []
    for folder, seed, threads in (("one", "3", "1"), ("two", "3", "4"), ("one", "4", "2")):
        arguments = ["train", "digits", "--epochs", "1", "--seed", seed, "--out", folder]
        outcome = run(*arguments, cwd=tmp_path, env={"PELLUCID_THREADS": threads})
        assert (outcome.code, outcome.err) == (0, "")
        weights.append(load_model(tmp_path / folder / "model.keras").get_weights())
        files.append(sorted(path.name for path in (tmp_path / folder).iterdir()))
    assert all(map(np.array_equal, weights[0], weights[1]))
    assert not any(map(np.array_equal, weights[0], weights[2]))
    assert files[0] == files[1] == files[2]


@pytest.mark.parametrize("columns", [40, 100])
def test_live_line_on_a_terminal(columns: int, tmp_path: Path) -> None:
    """The line of an epoch is drawn over itself while it runs, never wider than the terminal."""
    outcome = run_on_terminal("train", "digits", "--epochs", "2", "--out", "out", columns=columns, cwd=tmp_path)
    assert outcome.code == 0
    for epoch in (1, 2):
        after = outcome.out.split(f"Epoch {epoch}/2\n")[1]
        drawn = after.split("\n")[0].split("\r")
        assert len(drawn) > 2
        assert all(len(line) < columns for line in drawn[:-1])
        assert "val_loss" in drawn[-1]
    first = outcome.out.split("Epoch 1/2")[1].split("Epoch 2/2")[0]
    has_bar = "━" in first or "─" in first  # of an epoch of some milliseconds only its empty bar may be drawn
    assert has_bar == (columns == 100)


def test_colours_on_a_terminal_unless_refused(tmp_path: Path) -> None:
    """NO_COLOR and TERM=dumb are respected; the words are the same."""
    texts = {}
    for name, env in {"usual": {}, "none": {"NO_COLOR": "1"}, "dumb": {"TERM": "dumb"}}.items():
        outcome = run_on_terminal("train", "digits", "--epochs", "1", "--out", name, cwd=tmp_path, env=env)
        assert outcome.code == 0
        texts[name] = outcome.out
    assert "\x1b[" in texts["usual"]
    assert "\x1b[" not in texts["none"]
    assert "\x1b[" not in texts["dumb"]
    assert "\r" not in texts["dumb"]
    plain = re.sub(r"\x1b\[[\d;]*m", "", texts["usual"])
    for text in (plain, texts["none"]):
        assert "equal up to float32 rounding" in " ".join(text.split())


def test_an_output_that_takes_ascii_only(tmp_path: Path) -> None:
    """Everything is said in ASCII, and nothing is lost."""
    env = {"PYTHONIOENCODING": "ascii"}
    outcome = run("train", "digits", "--epochs", "1", "--out", "out", cwd=tmp_path, env=env)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.isascii()
    live = run_on_terminal("train", "digits", "--epochs", "1", "--out", "live", cwd=tmp_path, env=env)
    assert live.code == 0
    assert live.out.isascii()
    assert "equal up to float32 rounding" in " ".join(live.out.split())


def test_a_folder_with_a_space_and_no_progress(tmp_path: Path) -> None:
    """The commands to try can be pasted as they are; with --verbose 0 nothing is told of the epochs."""
    outcome = run("train", "digits", "--epochs", "1", "--verbose", "0", "--out", "my digits é", cwd=tmp_path)
    assert (outcome.code, outcome.err) == (0, "")
    assert "41/41" not in outcome.out
    assert "Accuracy on 360" in outcome.out
    line = next(line for line in outcome.out.splitlines() if "pellucid summary" in line)
    program, *arguments = shlex.split(line)
    assert Path(program).name == "pellucid" and arguments == ["summary", "my digits é/model.keras"]


@pytest.mark.parametrize("name", [*RECIPES, "photos"])
def test_git_does_not_see_what_is_drawn(name: str) -> None:
    """Who tries the commands in a checkout has nothing new in it: wherever a training goes by itself, it is ignored."""
    ignored = (Path(__file__).parents[2] / ".gitignore").read_text("utf-8").splitlines()
    assert any(fnmatch(f"/pellucid-{name}/", line) for line in ignored)
