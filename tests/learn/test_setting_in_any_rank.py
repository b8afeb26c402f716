"""The page on setting a filter names a kernel that the layer's filters can hold, and sets it."""

import pytest

from pellucid import Sequential, layers
from pellucid.learn import page

CASES = {
    "a sequence": (layers.Conv1D(2, 5, name="c"), (20, 1), "difference"),
    "an image": (layers.Conv2D(2, 5, name="c"), (9, 9, 1), "sobel_x"),
    "a volume": (layers.Conv3D(2, (2, 3, 3), name="c"), (4, 6, 6, 1), "sobel_x on each of 2 slices"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_kernel_that_is_named_can_be_set(case):
    layer, shape, name = CASES[case]
    model = Sequential([layers.Input(shape), layer, layers.Flatten(), layers.Dense(2)])
    text = " ".join(str(page(4, model, "c")).split())
    assert f"layer.filter(0).set('{name}')" in text and "as filter 0 of c, in a copy" in text
    assert layer.filter(0).set(name).provenance.events[-1].by == name


def test_an_even_kernel_says_so():
    model = Sequential([layers.Input((9, 9, 1)), layers.Conv2D(2, 4, name="c"), layers.Flatten(), layers.Dense(2)])
    assert "A filter of c is 4x4; that kernel does not come into the middle" in " ".join(str(page(4, model)).split())
