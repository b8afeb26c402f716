"""Hints of commands name options that the command has; those of functions name arguments."""

import re

import numpy as np
import pytest

from pellucid import Sequential, inspection, layers, views
from pellucid.cli.main import run

OF_PYTHON = re.compile(r"\b(?:limit|layers|values|which|samples|training)=|inspection\.|\(model|layer\.filter")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hints")
    wide = [layers.Input((6, 6, 3)), layers.Conv2D(30, 3, name="c"), layers.Conv2D(30, 3, name="c2")]
    Sequential([*wide, layers.Flatten(), layers.Dense(4, name="d")], name="wide").save(folder / "wide.keras")
    np.save(folder / "x.npy", np.random.default_rng(0).random((2, 6, 6, 3)))
    return folder


HINTS = {
    "maps left out": ("maps {m} {x} --sample 0 --layer c", "16 of 30 maps shown; --limit 30 shows all."),
    "filters of a large layer": ("filters {m} --layer c2", "--filter K unfolds filter K; --all shows all."),
    "a value's history": ("explain {m} {x} --sample 0 --layer d --trace --values 2", "follows more"),
    "which sample": ("maps {m} {x}", "holds 2 samples; say which: --sample 0"),
    "no pooling": ("maps {m} {x} --sample 0 --layer c --winners", "leave --winners out"),
    "a stage of a training": (
        "maps {m} {x} --sample 0 --layer c --training --stage before+bias",
        "leave out --training, or the stage",
    ),
    "a weight is no layer": ("explain {m} {x} --sample 0 --layer c/kernel", "'c/kernel' is a weight; its layer is 'c'"),
    "two filters": ("filter {x} --kernel sobel_x --model {m}", "--kernel and --model each say which filter"),
}


@pytest.mark.parametrize("case", HINTS)
def test_a_command_says_its_own_options(folder, capsys, case):
    line, hint = HINTS[case]
    words = [word.replace("+", " ").format(m=folder / "wide.keras", x=folder / "x.npy") for word in line.split()]
    code = run(words)
    shown = capsys.readouterr()
    text = " ".join((shown.out + shown.err).split())
    assert hint in text and not OF_PYTHON.search(text)
    if "--all" in hint or "--limit" in hint:
        more = ["--all"] if "--all" in hint else ["--limit", "30"]
        assert code == 0 == run([*words, *more])
        assert hint not in capsys.readouterr().out
    assert "limit=None shows all" in views.maps_text(_maps(), limit=1), "Python goes on speaking of arguments"


def _maps():
    return [inspection.FeatureMaps("c", "Conv2D", np.ones((2, 2, 3)))]


def test_all_slices_and_the_story_of_one_filter(folder, capsys):
    assert run(["filters", str(folder / "wide.keras"), "--layer", "c2", "--all"]) == 0
    text = capsys.readouterr().out
    assert text.count("\nfilter ") == 30
    assert run(["filters", str(folder / "wide.keras"), "--layer", "c2", "--all", "--filter", "3"]) == 1
    assert "--all goes with" in capsys.readouterr().err
