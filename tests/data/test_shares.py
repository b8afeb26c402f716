"""Data that are shared out: nobody makes the batches of others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pellucid import Sequential, distributed, layers
from pellucid.data import Epochs, ImageSet, Mapped, Reading, Sharded
from pellucid.data.sources.parts import OwnPart, PartSource
from pellucid.data.sources.source import Batch
from pellucid.errors import DataError


class Counted(ImageSet):
    """Notes which files were read."""

    def pixels(self, row: int) -> np.ndarray:
        read.add(row)
        return super().pixels(row)


read: set[int] = set()


def _images(folder: Path, count: int) -> Counted:
    for number in range(count):
        Image.new("L", (2, 2), number).save(folder / f"{number}.png")
    files = [str(folder / f"{number}.png") for number in range(count)]
    return Counted(files, np.arange(count), Reading(2, 2, 1), batch_size=2)


@pytest.mark.parametrize("form", ["plain", "shuffled", "mapped", "prefetched", "again"])
def test_files_of_other_shares_are_not_read(form: str, tmp_path: Path) -> None:
    """Each share has the batches that `Sharded` takes of all of them."""
    images: Any = _images(tmp_path, 14)
    whole: Any = {
        "plain": images,
        "shuffled": images.shuffle(seed=3),
        "mapped": images.map(lambda x, y: (x, y + 100)),
        "prefetched": images.prefetch(2),
        "again": images,
    }[form]
    count = 2 if form == "again" else 3
    for index in range(count):
        read.clear()
        share = whole.shard(count, index)
        expected = [y.tolist() for _, y in Sharded(whole, count, index).batches(1, seed=5)]
        if form == "again":  # a share of a share, in turn
            share, expected = share.shard(3, 1), expected[1:2]
        read.clear()
        found = [y.tolist() for _, y in share.batches(1, seed=5)]
        assert found == expected and len(share) == len(expected)
        assert len(read) == 2 * (len(found) if form != "again" else 3)
        assert [y.tolist() for _, y in share.batches(1, seed=5, start=1)] == expected[1:]


def test_who_fails_says_so_to_the_others() -> None:
    said: list[list[int]] = []
    part = OwnPart(None, 2, lambda numbers: said.append(list(numbers)) or list(numbers))
    inner: Any = type("Inner", (), {"is_spent": False, "batches": lambda self, *_, **__: (_fails() for _ in "x")})()
    with pytest.raises(OSError, match="gone"):
        list(PartSource(inner, part).batches(0, seed=0))
    assert said == [[-1], [-1]]  # its length is not known; and then it failed


def _fails() -> Batch:
    raise OSError("gone")


def test_the_failure_of_another_is_told() -> None:
    inner: Any = type("Inner", (), {"is_spent": False, "batches": lambda *_, **__: iter([Batch({"x0": np.ones(2)})])})()
    with pytest.raises(DataError, match="another process could not read its part"):
        list(PartSource(inner, OwnPart(None, 2, lambda numbers: [-1])).batches(0, seed=0))


def test_a_model_learns_its_shape_from_a_part() -> None:
    """The batch that is looked at comes again, of an iterator too."""
    batches = [(np.ones((2, 3), np.float32), np.ones((2, 1), np.float32))] * 3
    model = Sequential([layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(distributed.local(iter(batches)), verbose=0)
    assert model.input_shape == (None, 3) and model.optimizer.iterations == 3


def test_mapped_sources_of_users_own_are_shared_out_too() -> None:
    class Four(Epochs):
        def __len__(self) -> int:
            return 4

        def batches(self, epoch: int, *, seed: int, start: int = 0) -> Any:
            yield from range(start, 4)

    assert list(Mapped(Four(), lambda x: 10 * x).shard(2, 1)) == [10, 30]
