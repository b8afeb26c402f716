"""Pictures in files: format by suffix, whole or not at all, the same bytes each time."""

import subprocess
import sys

import pytest

from pellucid.errors import ArgumentError, FileError
from pellucid.inspection.records import TrainingCurves
from pellucid.views import curves_figure, save_figure

STARTS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF", ".PNG": b"\x89PNG"}


@pytest.fixture
def figure():
    return curves_figure(TrainingCurves({"loss": [1.0, 0.5]}))


@pytest.mark.parametrize("suffix", STARTS)
def test_the_suffix_names_the_format(figure, tmp_path, suffix):
    path = tmp_path / f"curves{suffix}"
    save_figure(figure, path)
    assert path.read_bytes().startswith(STARTS[suffix])
    assert list(tmp_path.iterdir()) == [path]


def test_a_png_has_the_pixels_of_the_figure(figure, tmp_path, read_back):
    import numpy as np
    from matplotlib.image import imread

    save_figure(figure, tmp_path / "curves.png")
    saved = np.rint(imread(tmp_path / "curves.png")[..., :3] * 255)
    assert np.array_equal(saved, read_back(figure).pixels)


def test_the_same_picture_is_the_same_file(tmp_path):
    for name in ("a.png", "b.png"):
        save_figure(curves_figure(TrainingCurves({"loss": [1.0, 0.5]})), tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_an_unknown_suffix_is_refused_before_anything_is_written(figure, tmp_path):
    with pytest.raises(ArgumentError, match="unknown picture format 'pmg'; did you mean 'png'"):
        save_figure(figure, tmp_path / "curves.pmg")
    with pytest.raises(ArgumentError, match="unknown picture format ''"):
        save_figure(figure, tmp_path / "curves")
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_named(figure, tmp_path):
    with pytest.raises(FileError, match="there is no folder"):
        save_figure(figure, tmp_path / "nowhere" / "curves.png")


def test_a_failure_leaves_the_old_picture(figure, tmp_path, monkeypatch):
    path = tmp_path / "curves.png"
    path.write_bytes(b"old")
    monkeypatch.setattr(figure, "savefig", lambda *_, **__: (_ for _ in ()).throw(RuntimeError("drawing failed")))
    with pytest.raises(RuntimeError, match="drawing failed"):
        save_figure(figure, path)
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_importing_the_views_is_cheap_and_drawing_leaves_no_global_trace():
    program = """
import sys
import pellucid.views as views
assert not {"matplotlib", "rich", "PIL"} & set(sys.modules), "imported too early"
import numpy as np
from pellucid.inspection.records import FilterBank, TrainingCurves
import matplotlib
before = matplotlib.rcParams.copy()
views.filters_figure(FilterBank("conv", np.ones((3, 3, 1, 4)))).canvas.draw()
views.curves_figure(TrainingCurves({"loss": [1.0]})).canvas.draw()
assert "matplotlib.pyplot" not in sys.modules, "pyplot keeps figures alive and chooses a window system"
assert matplotlib.rcParams.copy() == before
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
