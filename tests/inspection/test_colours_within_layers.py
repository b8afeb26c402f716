"""Filters behind filters read maps, and not the colours of an image, also where they lie in one layer."""

from typing import Any

import pytest

from pellucid import Input, Sequential, inspection, layers, ops


class Stem(layers.Layer):
    """Three maps of an image, and filters behind them; a shortcut from the image."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.first = layers.Conv2D(3, 3, padding="same", name="first")
        self.second = layers.Conv2D(3, 3, padding="same", name="second")
        self.short = layers.Conv2D(3, 1, name="short")

    def call(self, inputs: Any) -> Any:
        """Of the image, brought to between -1 and 1."""
        scaled = inputs / 127.5 - 1.0
        return self.second(ops.relu(self.first(scaled))) + self.short(scaled)


class Turned(layers.Layer):
    """Blue before green before red."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.only = layers.Conv2D(2, 3)

    def call(self, inputs: Any) -> Any:
        """As networks of Caffe want it."""
        return self.only(inputs[..., ::-1])


def test_only_the_first_read_colours() -> None:
    """The second's three channels were drawn as red, green and blue."""
    model = Sequential([Input((8, 8, 3)), Stem(name="stem")])
    colours = {bank.layer: bank.input_names for bank in inspection.all_filters(model)}
    assert colours == {
        "stem/first": ("red", "green", "blue"),
        "stem/second": None,
        "stem/short": ("red", "green", "blue"),
    }


@pytest.mark.parametrize("order", ["channels_last", "channels_first"])
def test_a_plain_layer_reads_them(order: str) -> None:
    shape = (8, 8, 3) if order == "channels_last" else (3, 8, 8)
    model = Sequential([Input(shape), layers.Conv2D(4, 3, padding="same", data_format=order)])
    assert inspection.filters(model.layers[0]).input_names == ("red", "green", "blue")


def test_another_order_is_not_told_as_theirs() -> None:
    model = Sequential([Input((8, 8, 3)), Turned(name="turned")])
    assert inspection.filters(model.layers[0]).input_names is None
