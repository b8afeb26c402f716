"""What old scripts import beside Keras: `six`, and the images of `scipy.misc`, by the formulas of SciPy 1.0."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pellucid.cli import old_images
from pellucid.cli.companions import old_companions
from pellucid.cli.script import read_script
from pellucid.cli.script_look import seen_in

RANDOM = np.random.default_rng(0)


def test_numbers_are_stretched_to_bytes() -> None:
    numbers = RANDOM.normal(size=(5, 7))
    spread = (numbers - numbers.min()) / (numbers.max() - numbers.min()) * 255
    np.testing.assert_array_equal(old_images.bytescale(numbers), np.floor(spread + 0.5).astype(np.uint8))
    np.testing.assert_array_equal(old_images.bytescale(np.full((2, 2), 7.0)), 0)
    with pytest.raises(ValueError, match="no number NaN"):
        old_images.bytescale([np.nan, 1.0])


def test_bytes_stay_as_they_are_in_a_file(tmp_path: Path) -> None:
    pixels = RANDOM.integers(0, 100, size=(6, 4, 3), dtype=np.uint8)
    old_images.imsave(tmp_path / "image.png", pixels)
    np.testing.assert_array_equal(old_images.imread(tmp_path / "image.png"), pixels)
    grey = old_images.imread(tmp_path / "image.png", flatten=True)
    np.testing.assert_allclose(grey, pixels @ [0.299, 0.587, 0.114], rtol=0, atol=1e-3)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_channels_may_stand_anywhere(axis: int) -> None:
    pixels = RANDOM.integers(0, 256, size=(6, 5, 3), dtype=np.uint8)
    np.testing.assert_array_equal(old_images.fromimage(old_images.toimage(np.moveaxis(pixels, 2, axis))), pixels)


@pytest.mark.parametrize(
    ("size", "expected"), [((9, 4), (9, 4)), (50, (3, 4)), (1.5, (9, 12)), (np.int64(200), (12, 16))]
)
def test_sizes_are_rows_and_columns_percent_or_a_factor(size: object, expected: tuple[int, int]) -> None:
    pixels = RANDOM.integers(0, 256, size=(6, 8), dtype=np.uint8)
    pixels[0, 0], pixels[0, 1] = 0, 255
    by_pillow = Image.fromarray(pixels).resize(expected[::-1], Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(old_images.imresize(pixels, size), np.asarray(by_pillow))


@pytest.mark.parametrize(
    "call",
    [
        lambda: old_images.toimage(np.zeros((5, 6, 7))),
        lambda: old_images.toimage(np.zeros((4, 5)), mode="RGB"),
        lambda: old_images.imresize(np.zeros((4, 5)), 50, interp="area"),
        lambda: old_images.bytescale([0.0, 1.0], high=300),
    ],
)
def test_what_was_refused_is_refused(call: object) -> None:
    with pytest.raises(ValueError):
        call()  # type: ignore[operator]


def test_a_script_finds_them_and_nobody_else(tmp_path: Path) -> None:
    pytest.importorskip("scipy")
    script = tmp_path / "script.py"
    script.write_text("import keras\nfrom six.moves import range, xrange\nfrom scipy.misc import imsave\n")
    assert seen_in(read_script(script)).missing == ()
    with old_companions():
        from scipy import misc
        from six.moves import xrange  # type: ignore[import-untyped, unused-ignore]

        assert list(xrange(2)) == [0, 1]
        with pytest.raises(AttributeError, match=r"scipy\.misc\.comb is scipy\.special\.comb today"):
            misc.comb  # noqa: B018
    assert not hasattr(sys.modules.get("scipy.misc"), "imsave")


def test_what_python_2_called_otherwise(tmp_path: Path) -> None:
    """Packages in packages too, by each way to import them."""
    lines = (
        "from six.moves.urllib.request import urlretrieve",
        "from six.moves import cPickle, queue, urllib",
        "import six.moves.configparser as configparser",
        "import six",
        "assert urllib.parse.quote('a b') == 'a%20b' and urllib.request.urlretrieve is urlretrieve",
        "assert cPickle.loads(cPickle.dumps([1])) == [1] and queue.Queue().empty() and configparser.ConfigParser",
        "assert six.b('a') == b'a' and six.next(iter([2])) == 2 and six.StringIO('x').read() == 'x'",
    )
    script = tmp_path / "script.py"
    script.write_text("\n".join(lines))
    assert seen_in(read_script(script)).missing == ()
    with old_companions():
        exec(compile("\n".join(lines), str(script), "exec"), {})
    import queue
    import urllib.request

    assert urllib.request.__name__ == "urllib.request" and queue.__spec__.name == "queue"


def test_names_that_numpy_has_no_more(tmp_path: Path) -> None:
    """They stand for what they stood for, and only as long as a script runs."""
    before = set(vars(np))
    lines = (
        "import numpy as np",
        "assert np.zeros(2, dtype=np.float).dtype == np.float64 and np.array([1], np.int).dtype.kind == 'i'",
        "assert np.float is float and np.array([True]).astype(np.bool).dtype.kind == 'b'",
        "assert np.Inf == np.inf and np.isnan(np.NaN) and np.product([2, 3]) == 6 and np.asscalar(np.ones(1)) == 1",
        "assert np.in1d([1, 5], [5]).tolist() == [False, True] and np.row_stack([[1], [2]]).shape == (2, 1)",
        "assert np.float_ is np.float64 and np.msort(np.array([[2], [1]])).tolist() == [[1], [2]]",
        "assert np.trapz([1.0, 3.0]) == 2.0",
    )
    with old_companions():
        exec(compile("\n".join(lines), str(tmp_path / "script.py"), "exec"), {})
    assert set(vars(np)) == before


def test_modules_of_python_2_are_todays(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import keras\nimport cPickle\nfrom Queue import Queue\nfrom StringIO import StringIO\nimport urllib5\n"
    )
    assert [each.message for each in seen_in(read_script(script)).missing] == [
        "there is no module 'urllib5' in this environment"
    ]
    with old_companions():
        import cPickle
        from Queue import Queue

        assert cPickle.loads(cPickle.dumps({"a": [1]})) == {"a": [1]}
        queue = Queue()
        queue.put(3)
        assert queue.get() == 3
    assert "cPickle" not in sys.modules
