"""The filters of a layer or of a whole model, as records."""

from __future__ import annotations

from pellucid.errors import ArgumentError
from pellucid.inspection.records import FilterBank
from pellucid.layers import Layer
from pellucid.layers.convolution import Convolution
from pellucid.models import Model


def filters(layer: Layer, moment: str = "") -> FilterBank:
    """Every filter of a convolutional layer, as it is now.

    Args:
        layer: Conv1D, Conv2D or Conv3D in a built model.
        moment: how the record is titled, such as "before training".

    Returns:
        the record; later changes of the weights do not change it.

    Raises:
        ArgumentError: the layer has no filters, or does not know its input yet.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(12, 3)])
        >>> bank = filters(model.layers[0])
        >>> bank.filters, bank.filter(0).shape
        (12, (3, 3, 1))
    """
    if not isinstance(layer, Convolution):
        raise ArgumentError(f"{layer.label} has no filters; convolutional layers have them")
    if not layer.built:
        raise ArgumentError(f"{layer.label} has no weights before it knows its input; use it in a model first")
    bias = layer.bias.numpy() if layer.bias is not None else None
    return FilterBank(layer.name, layer.kernel.numpy(), bias, moment)


def all_filters(model: Model, moment: str = "") -> list[FilterBank]:
    """Every filter of every convolutional layer, in the order of the layers.

    Args:
        model: a built model.
        moment: how the records are titled.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(12, 3), layers.Conv2D(4, 3)])
        >>> [bank.filters for bank in all_filters(model)]
        [12, 4]
    """
    model.require_built()
    return [filters(layer, moment) for layer in model.layers if isinstance(layer, Convolution)]
