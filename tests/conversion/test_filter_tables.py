"""One filter as a table: back to the bit, as a spreadsheet writes it too; what does not fit is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pellucid import conversion, layers
from pellucid.errors import ArgumentError, FileError

MADE = {
    "Conv2D": (lambda: layers.Conv2D(3, (3, 2)), (None, 8, 8, 2)),
    "Conv1D": (lambda: layers.Conv1D(3, 4), (None, 8, 2)),
    "Dense": (lambda: layers.Dense(3), (None, 5)),
    "DepthwiseConv2D": (lambda: layers.DepthwiseConv2D(3), (None, 8, 8, 3)),
}


@pytest.mark.parametrize("name", MADE)
def test_back_to_the_bit(name: str, tmp_path: Path) -> None:
    make, shape = MADE[name]
    layer = make()
    layer.build(shape)
    conversion.save_filter(layer.filter(1), tmp_path / "f.csv")
    wanted = layer.filter(1).kernel.copy()
    conversion.load_filter(layer.filter(2), tmp_path / "f.csv")
    np.testing.assert_array_equal(layer.filter(2).kernel, wanted)
    assert np.loadtxt(tmp_path / "f.csv", delimiter=",", ndmin=2).size == wanted.size


TABLES = [
    "0,1,0\n0,1.5,0\n0,1,0\n",
    "\ufeff0;1;0\r\n0;1,5;0\r\n0;1;0\r\n",
    "# a line\n0\t1\t0\n0\t1,5\t0\n0\t1\t0",
    " 0, 1, 0\n 0,1.5 ,0\n0,1e0,0\n\n,,\n",
]


@pytest.mark.parametrize("text", TABLES)
def test_as_spreadsheets_write_it(text: str, tmp_path: Path) -> None:
    """One table serves all channels."""
    layer = layers.Conv2D(2, 3)
    layer.build((None, 8, 8, 2))
    (tmp_path / "f.csv").write_text(text, encoding="utf-8")
    conversion.load_filter(layer.filter(0), tmp_path / "f.csv")
    line = np.array([[0, 1, 0], [0, 1.5, 0], [0, 1, 0]])
    np.testing.assert_array_equal(layer.filter(0).kernel, np.stack([line, line], axis=-1))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no numbers"),
        ("a,b\n", "line 1: expected numbers"),
        ("1,nan,2\n", "is not finite"),
        ("1,2,3\n1,2\n", "line 2: 2 cells; the line before has 3"),
        ("1,2\n3,4\n", "holds 1 tables of 2x2; .* takes 1 of 3x3"),
        ("=cmd|' /C calc'!A0\n", "expected numbers"),
    ],
)
def test_what_does_not_fit(text: str, words: str, tmp_path: Path) -> None:
    layer = layers.Conv2D(2, 3)
    layer.build((None, 8, 8, 1))
    before = layer.filter(0).kernel.copy()
    (tmp_path / "f.csv").write_text(text)
    with pytest.raises(FileError, match=words):
        conversion.load_filter(layer.filter(0), tmp_path / "f.csv")
    np.testing.assert_array_equal(layer.filter(0).kernel, before)


def test_kernels_without_tables(tmp_path: Path) -> None:
    layer = layers.Conv3D(2, 3)
    layer.build((None, 8, 8, 8, 1))
    with pytest.raises(ArgumentError, match="tables have rows and columns"):
        conversion.save_filter(layer.filter(0), tmp_path / "f.csv")
    with pytest.raises(ArgumentError, match="a filter, such as"):
        conversion.save_filter(layer, tmp_path / "f.csv")
