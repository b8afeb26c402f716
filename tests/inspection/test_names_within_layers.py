"""What the weights of layers within layers are called: names that lead to them, and that can be typed back in."""

from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, inspection, layers, ops
from pellucid.callbacks import FilterHistory
from pellucid.errors import ArgumentError
from pellucid.naming import distinct
from pellucid.views import notebook

IMAGE = (8, 8, 3)
RNG = np.random.default_rng(0)


class Residual(layers.Layer):
    """As tutorials write it: two convolutions and a shortcut."""

    def __init__(self, names: tuple[str, str, str] = ("a", "b", "short"), **options: Any) -> None:
        super().__init__(**options)
        self.a, self.b, self.short = (
            layers.Conv2D(3, size, padding="same", name=name) for size, name in zip((3, 3, 1), names, strict=True)
        )

    def call(self, inputs: Any) -> Any:
        """What two convolutions add to the shortcut."""
        return ops.relu(self.b(ops.relu(self.a(inputs))) + self.short(inputs))


class Stages(layers.Layer):
    """Blocks in a list, and a separable convolution behind."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.blocks = [Residual(name="r0"), Residual(name="r1")]
        self.mix = layers.SeparableConv2D(4, 3, name="mix")

    def call(self, inputs: Any) -> Any:
        """One after the other."""
        for block in self.blocks:
            inputs = block(inputs)
        return self.mix(inputs)


class Unnamed(layers.Layer):
    """Two kernels of its own, to which it gave no names."""

    def build(self, input_shape: Any) -> None:
        """Both are called "weight"."""
        self.first = self.add_weight(shape=(3, 3, input_shape[-1], 4))
        self.second = self.add_weight(shape=(3, 3, 4, 5))

    def call(self, inputs: Any) -> Any:
        """One after the other."""
        return ops.conv(ops.conv(inputs, self.first), self.second)


def of(layer: Any, shape: tuple[int, ...] = IMAGE) -> Sequential:
    return Sequential([Input(shape), layer, layers.Flatten(), layers.Dense(2, name="end")])


def test_a_block_tells_names_that_lead_from_it() -> None:
    """They are those of FilterHistory, each is taken back, and what was told before is too."""
    block = Residual(name="blk")
    model = of(block)
    assert [bank.layer for bank in inspection.all_filters(model)] == ["blk/a", "blk/b", "blk/short"]
    with pytest.raises(ArgumentError, match=r"3 banks of filters; say which: a, b, short"):
        inspection.filters(block)
    with pytest.raises(ArgumentError, match=r"'c'. Known: a, b, short"):
        inspection.filters(block, which="c")
    for part in (block.a, block.b, block.short):
        for told in (part.name, f"blk/{part.name}", f"{part.name}/kernel", part.kernel.path):
            bank = inspection.filters(block, which=told)
            assert bank.layer == f"blk/{part.name}"
            np.testing.assert_array_equal(bank.kernel, part.kernel.numpy())
    assert "blk/short" in notebook.html_of(block)


def test_they_are_those_of_the_history() -> None:
    """Whatever lies in whatever."""
    model = of(layers.TimeDistributed(Stages(name="stages"), name="steps"), (2, *IMAGE))
    model.compile("sgd", "mse")
    history = FilterHistory()
    model.fit(np.ones((2, 2, *IMAGE)), np.ones((2, 2)), verbose=0, callbacks=history)
    banks = [bank.layer for bank in inspection.all_filters(model)]
    assert banks[-2:] == ["steps/stages/mix/depthwise_kernel", "steps/stages/mix/pointwise_kernel"]
    kernels = {f"{path}/{which}" if "mix" in path else path for path, which in history.banks}
    assert set(banks) == kernels
    assert banks[0] == "steps/stages/r0/a"


def test_two_parts_of_one_name_are_two_banks() -> None:
    """The first was left out in silence."""
    block = Residual(("c", "c", "c"), name="blk")
    of(block)
    for name, part in zip(("c", "c_1", "c_2"), (block.a, block.b, block.short), strict=True):
        np.testing.assert_array_equal(inspection.filters(block, which=name).kernel, part.kernel.numpy())


def test_two_weights_of_one_name_are_two_banks() -> None:
    """The first was left out in silence, and could not be set."""
    layer = Unnamed(name="own")
    model = of(layer)
    assert [bank.layer for bank in inspection.all_filters(model)] == ["own/weight", "own/weight_1"]
    assert list(layer.filter_axes) == ["weight", "weight_1"]
    layer.filter(1, "weight").set(np.full((3, 3, 3), 2.0))
    layer.filter(1, "weight_1").set(np.full((3, 3, 4), 3.0)).freeze()
    assert (layer.first.numpy()[..., 1] == 2).all()
    assert (layer.second.numpy()[..., 1] == 3).all()
    assert all("handcrafted" in str(bank.provenance[1]) for bank in inspection.all_filters(model))


def test_a_bank_within_tells_how_its_filters_came_about() -> None:
    steps = layers.TimeDistributed(layers.Conv2D(4, 3), name="steps")
    of(steps, (2, *IMAGE))
    steps.filter(1).set("sobel_x")
    bank = inspection.filters(steps)
    assert "sobel_x" in str(bank.provenance[1])
    assert "sobel_x" not in str(bank.provenance[0])


def test_sums_name_the_weights_by_the_way_to_them() -> None:
    model = of(Residual(name="blk"))
    told = str(inspection.arithmetic(model, "blk", RNG.normal(size=IMAGE), position=(4, 4), filter=0))
    assert "* a/kernel[0, 0, 0, 0]" in told.replace("\n", " ")
    assert "sequential" not in told


def test_what_if_takes_the_names_that_it_tells() -> None:
    block = Residual(name="blk")
    model = of(block)
    x = RNG.normal(size=IMAGE)
    with pytest.raises(ArgumentError, match=r"Known: a/bias, a/kernel, b/bias, b/kernel, short/bias, short/kernel"):
        inspection.what_if(model, x, {"blk": {"kernel": 0.0}})
    tried = inspection.what_if(model, x, {"blk": {"b/kernel": 0.0, "b/bias": 0.0}})
    alone = np.maximum(x.astype(np.float32) @ block.short.kernel.numpy()[0, 0], 0.0)
    assert tried.changes[0].startswith("blk/b/kernel: 81 of 81 numbers")
    after = next(each.maps for each in tried.after if each.layer == "blk")
    np.testing.assert_allclose(after, alone, atol=1e-5)


def test_numbered_names_are_no_names_that_are_there() -> None:
    assert distinct(["a", "a", "a_1"]) == ["a", "a_2", "a_1"]
    names = ["a", "a_1", "a", "a", "a_2", "b"]
    assert len(set(distinct(names))) == len(names)


def test_the_first_draw_is_that_of_the_weight_that_is_named() -> None:
    """The last kernel of a block was taken for its first, and the others could not be asked for."""
    block = Residual(name="blk")
    block.b.kernel_initializer = layers.Conv2D(1, 1, kernel_initializer="he_normal").kernel_initializer
    of(block)
    first = inspection.initial_draw(block)
    assert (first.weight, first.shape) == ("a/kernel", (3, 3, 3, 3))
    np.testing.assert_array_equal(first.values, block.a.kernel.numpy())
    for told in ("b", "b/kernel", "blk/b/kernel", block.b.kernel.path):
        drawn = inspection.initial_draw(block, told)
        np.testing.assert_array_equal(drawn.values, block.b.kernel.numpy())
        assert drawn.weight == "b/kernel"
        assert "HeNormal" in drawn.initializer
    with pytest.raises(ArgumentError, match=r"'kernel'; did you mean 'a/kernel'"):
        inspection.initial_draw(block, "kernel")
