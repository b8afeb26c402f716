"""A kernel that a description names can be typed: as a kernel of the bank, for a filter, on the command line."""

import numpy as np
import pytest

from pellucid import filterbank, inspection, layers
from pellucid.cli.main import run
from pellucid.errors import ArgumentError, ShapeError
from pellucid.initializers import Filterbank
from pellucid.inspection.likeness import _candidates


@pytest.mark.parametrize("shape", [(3,), (5,), (3, 3), (5, 5), (2, 2), (7, 7), (3, 3, 3), (2, 5, 5)])
def test_each_name_that_may_be_told_gives_that_kernel(shape):
    groups = [zip(group.told, group.kernels, strict=True) for group in _candidates(shape)]
    told = [(name, turn, kernel) for group in groups for (_, name, turn), kernel in group]
    assert len(told) > 5
    for name, turn, kernel in told:
        if turn == 0:
            assert np.array_equal(filterbank.get(name), kernel), name


@pytest.mark.parametrize(
    ("layer", "shape", "name"),
    [
        (layers.Conv2D(2, 5), (8, 8, 1), "gabor(size=5, wavelength=3, orientation=45, phase=90)"),
        (layers.Conv2D(2, 5), (8, 8, 1), "dct(size=5, u=2, v=1)"),
        (layers.Conv1D(2, 5), (8, 1), "dct_1d(size=5, v=2)"),
        (layers.Conv3D(2, 3), (5, 5, 5, 1), "sobel_x on each of 3 slices"),
        (layers.Conv3D(2, 3), (5, 5, 5, 1), "laplacian on one slice"),
    ],
)
def test_what_is_told_of_a_filter_sets_it(layer, shape, name):
    layer.build((None, *shape))
    layer.filter(0).set(filterbank.get(name)[..., None] if layer.rank < 3 or "each" in name else Filterbank([name]))
    told = inspection.describe(layer.filter(0)).main.nearest
    assert str(told) == f"{name}: cosine 1.000"
    other = layer.filter(1).set(told.name)
    assert np.allclose(other.kernel, layer.filter(0).kernel) and told.name in str(other.provenance)


def test_the_command_takes_it(tmp_path, capsys):
    from PIL import Image

    pixels = np.random.default_rng(0).integers(0, 256, (12, 14), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    name = "gabor(size=3, wavelength=6, orientation=22.5, phase=90)"
    record = inspection.filtered_image(pixels, name)
    assert run(["filter", str(tmp_path / "photo.png"), "--kernel", name]) == 0 and name in capsys.readouterr().out
    windows = np.lib.stride_tricks.sliding_window_view(pixels / 255, (3, 3))
    wanted = (windows * filterbank.gabor(3, 6.0, 22.5, 90.0)).sum((2, 3))
    assert np.allclose(record.map, wanted, atol=1e-6)
    with pytest.raises(ShapeError, match="is one for volumes"):
        inspection.filtered_image(pixels, "sobel_x on each of 3 slices")


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (layers.Conv1D(8, 4), (9, 1)),
        (layers.Conv2D(8, 3), (8, 8, 1)),
        (layers.Conv2D(8, (2, 5)), (8, 8, 1)),
        (layers.Conv3D(8, 2), (5, 5, 5, 1)),
        (layers.Conv3D(8, (3, 4, 3)), (5, 5, 5, 1)),
    ],
)
def test_the_whole_sentence_that_is_told_of_a_filter_sets_it(layer, shape):
    """Turned, moved, negative: what is set is the kernel that the description draws, to the last number."""
    layer.build((None, *shape))
    said = ""
    for number in range(8):
        for told in inspection.describe(layer.filter(number)).main.matches:
            plain = layers.Conv1D if layer.rank == 1 else layers.Conv2D if layer.rank == 2 else layers.Conv3D
            other = plain(1, layer.kernel_size)
            other.build((None, *shape))
            assert np.allclose(other.filter(0).set(str(told)).kernel[..., 0], told.kernel, atol=1e-6), str(told)
            said += str(told)
    assert "moved by" in said and "negative" in said and ("turned by" in said or layer.rank == 1)


def test_the_whole_sentence_is_a_kernel_of_a_photograph(tmp_path, capsys):
    from PIL import Image

    pixels = np.random.default_rng(0).integers(0, 256, (12, 14), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    told = "sobel_x, turned by 90 degrees, moved by +0, +1, negative: cosine -0.980"
    assert run(["filter", str(tmp_path / "photo.png"), "--kernel", told]) == 0 and "sobel_x" in capsys.readouterr().out
    wanted = np.zeros((3, 5))
    wanted[:, 2:] = -np.rot90(filterbank.get("sobel_x"), -1)
    assert np.array_equal(filterbank.get(told), wanted)
    for wrong, words in {
        "sobel_x, moved by +1": "has 2 axes, and is moved along 1",
        "difference, turned by 90 degrees": "can be turned by 180 degrees alone",
        "sobel_x, moved by +999, +999": None,
        "sobel_x on each of 99 slices, moved by +900, +900, +900": "moved too far",
        "sobel_x, turned by 45 degrees": "unknown kernel",
    }.items():
        if words is None:
            assert filterbank.get(wrong).shape == (2001, 2001)
            continue
        with pytest.raises((ArgumentError, ShapeError), match=words):
            filterbank.get(wrong)


WRONG = {
    "gabor(5)": "each by its name",
    "gabor(size=)": "each by its name",
    "gabor(size=open('x'))": "each by its name",
    "gabor(**{'size': 3})": "each by its name",
    "gabor(weight=3)": "gabor.*weight",
    "sobol_x(size=3)": "did you mean",
    "gabor(size=3": "unknown kernel",
    "box_1d on one slice": "kernels of two axes lie on slices",
    "sobel_x on each of 0 slices": "lies on 1 to 255 slices",
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_so_written_is_explained(name):
    with pytest.raises((ArgumentError, ShapeError, TypeError), match=WRONG[name]):
        filterbank.get(name)


def test_settings_are_said_once_and_volumes_take_slices():
    with pytest.raises(ArgumentError, match="size is said twice"):
        filterbank.get("gabor(size=3)", size=5)
    assert filterbank.bank("gabor(size=5)").shape == (5, 5, 1)
    layer = layers.Conv3D(1, 3)
    layer.build((None, 5, 5, 5, 1))
    with pytest.raises(ShapeError, match=r"in a volume a kernel lies on slices: 'sobel_x on each of 3 slices'"):
        layer.filter(0).set("sobel_x")
