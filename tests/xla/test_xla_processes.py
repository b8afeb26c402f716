"""Two processes of four devices, over loopback, give the numbers of one; who differs, dies or stands still is told.

The processes speak to each other on a port of 127.0.0.1, and end by themselves.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from together import together

from pellucid import Sequential, callbacks, load_model, optimizers, set_random_seed
from pellucid.formats.run_folder import RunFolder

PROGRAM = Path(__file__).with_name("one_of_two.py")


def _together(folder: Path, wrong: str = "nothing") -> list[subprocess.CompletedProcess[str]]:
    """Both processes, at the end."""
    return together(PROGRAM, str(folder), wrong)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where both write."""
    return tmp_path_factory.mktemp("together")


@pytest.fixture(scope="module")
def told(folder: Path) -> list[dict[str, Any]]:
    """What each process tells."""
    ended = _together(folder)
    assert [process.returncode for process in ended] == [0, 0], ended[0].stderr + ended[1].stderr
    assert "Epoch 3/3" in ended[0].stdout
    assert "Epoch" not in ended[1].stdout  # one of them shows how far they are
    return [json.loads(process.stdout.splitlines()[-1]) for process in ended]


def _alone(*members: callbacks.Callback) -> tuple[Sequential, dict[str, list[float]]]:
    from one_of_two import X, Y, network

    set_random_seed(3)
    model = network()
    model.compile(
        optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"], engine="xla"
    )
    return model, model.fit(X, Y, batch_size=16, epochs=3, verbose=0, callbacks=list(members)).history


def test_both_have_the_same(told: list[dict[str, Any]]) -> None:
    """To the bit."""
    assert [(each.pop("number"), each.pop("of")) for each in told] == [(0, 2), (1, 2)]
    assert told[0] == told[1]


@pytest.mark.parametrize("form", ["fsdp False", "fsdp True"])
def test_the_numbers_of_one_process(told: list[dict[str, Any]], form: str) -> None:
    """As far as the order of sums goes."""
    model, history = _alone()
    np.testing.assert_allclose(told[0][form]["loss"], history["loss"], rtol=1e-4)
    for theirs, ours in zip(told[0][form]["weights"], model.get_weights(), strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("form", ["fsdp False", "fsdp True"])
def test_files(told: list[dict[str, Any]], folder: Path, form: str) -> None:
    """Written once, whole: a line for each epoch, and weights that are those of both."""
    lines = (folder / form / "log.csv").read_text().splitlines()
    assert [line.partition(",")[0] for line in lines] == ["epoch", "0", "1", "2"]
    weights = load_model(folder / f"{form}.keras").get_weights()
    for theirs, kept in zip(told[0][form]["weights"], weights, strict=True):
        assert np.array_equal(np.float32(theirs), kept)


def test_shared_out_weights_are_kept_in_shares(told: list[dict[str, Any]], folder: Path) -> None:
    """Nobody puts them together for a record; each writes what its devices have, and one process reads the whole."""
    weights = [np.float32(each) for each in told[0]["fsdp True"]["weights"]]
    assert told[0]["fsdp True"]["most read"] < 16 < max(each.size for each in weights)  # sums of loss and metric alone
    kept, complaints = RunFolder(folder / "fsdp True" / "run").read()
    assert kept is not None and not complaints and kept["step"] == 9
    assert [each.shape for each in kept["weights"].values()] == [each.shape for each in weights]
    assert all(map(np.array_equal, kept["weights"].values(), weights))
    assert {slot.any() for slots in kept["slots"].values() for slot in slots.values()} == {True}


@pytest.mark.parametrize(
    ("wrong", "part"), [("seed", "weights differ between the processes"), ("data", "the samples of a batch")]
)
def test_what_differs_is_told(wrong: str, part: str, tmp_path: Path) -> None:
    """Before a number comes out of it: in both processes."""
    for process in _together(tmp_path, wrong):
        assert process.returncode == 1
        assert part in process.stderr
        assert "set_random_seed" in process.stderr


def test_one_that_dies(told: list[dict[str, Any]], tmp_path: Path) -> None:
    """The other one ends too; started again, both go on where the record is, to the bits of a run without that.

    One process alone can go on from there as well, on one device: to the same numbers.
    """
    first, second = _together(tmp_path, "dies")
    assert (first.returncode != 0, second.returncode) == (True, 9)
    assert len(list((tmp_path / "fsdp False" / "run").glob("*-of-2.shard"))) == 4  # each wrote its part of two records
    alone = shutil.copytree(tmp_path / "fsdp False", tmp_path / "alone")
    model, history = _alone(callbacks.CSVLogger(alone / "log.csv"), callbacks.BackupAndRestore(alone / "run"))
    assert model.optimizer.iterations == 9 and len(history["loss"]) == 3
    for theirs, ours in zip(told[0]["fsdp False"]["weights"], model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)
    again = _together(tmp_path, "goes on")
    assert [process.returncode for process in again] == [0, 0], again[0].stderr
    assert json.loads(again[1].stdout.splitlines()[-1])["fsdp False"]["weights"] == told[0]["fsdp False"]["weights"]


def test_one_that_stands_still(tmp_path: Path) -> None:
    """The other one does not wait for ever, and names itself and the step."""
    first = _together(tmp_path, "stands still")[0]
    assert first.returncode == 86
    assert "process 0 of 2 is stuck in step 2" in first.stderr
