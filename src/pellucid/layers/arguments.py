"""Checks of layer arguments, with messages that name the layer, what was expected and what came."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid import activations, checks, config, constraints, initializers, legacy, regularizers
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError, shorter, shown
from pellucid.geometry import MAX_SIZE, Padding
from pellucid.graph import Graph, Tensor
from pellucid.graph.ops import Input
from pellucid.layers.channels import check_axes
from pellucid.naming import NAME_RULE, is_name
from pellucid.warned import warn


def whole_number(name: str, value: object, layer: str, *, minimum: int = 1) -> int:
    """A whole number from `minimum` to 2^31 - 1."""
    return checks.whole(layer, name, value, minimum, MAX_SIZE)


def filling(value: object, layer: str, needs: str, fills: bool) -> float:
    """The number that stands where an image has none; one that the layer's other settings leave without a place warns.

    Args:
        value: that number.
        layer: which layer, for messages.
        needs: the setting with which there are such places.
        fills: whether the layer has it.
    """
    found = checks.number(layer, "fill_value", value)
    if found and not fills:
        warn(f"{layer}: fill_value={shown(value)} does nothing without {needs}")
    return found


def per_axis(name: str, value: object, rank: int, layer: str, *, minimum: int = 1) -> tuple[int, ...]:
    """One whole number >= `minimum` per spatial axis; a single number counts for all."""
    return checks.counts(layer, name, value, rank, MAX_SIZE, minimum=minimum)


def padding(value: object, rank: int, layer: str, words: Sequence[str]) -> Padding:
    """A padding word, or amounts: one for all sides, one per axis, or a pair (before, after) per axis."""
    if isinstance(value, str):
        word = in_any_case("padding", value, words, layer)
        if word == "causal" and rank != 1:
            raise ArgumentError(f"{layer}: padding='causal' is for one axis (time); use 'same' or 'valid'")
        return word
    return amounts("padding", value, rank, layer)


def amounts(name: str, value: object, rank: int, layer: str) -> tuple[tuple[int, int], ...]:
    """Whole numbers >= 0 (before, after) for each axis: one for all sides, one per axis, or a pair per axis."""
    each = list(value) if isinstance(value, list | tuple) else [value] * rank
    if rank == 1 and isinstance(value, list | tuple) and not any(isinstance(item, list | tuple) for item in each):
        if len(each) != 2:
            raise ArgumentError(f"{layer}: {name} takes one amount or a pair (before, after), got {shown(value)}")
        each = [each]
    if len(each) != rank:
        raise ArgumentError(f"{layer}: {name} takes one amount, {rank} of them, or {rank} pairs, got {shown(value)}")
    return tuple(_pair(name, item, value, layer) for item in each)


def _pair(name: str, item: object, value: object, layer: str) -> tuple[int, int]:
    sides = list(item) if isinstance(item, list | tuple) else [item, item]
    if len(sides) != 2:
        raise ArgumentError(f"{layer}: {name} for one axis is an amount or a pair (before, after), got {shown(value)}")
    before, after = (whole_number(name, side, layer, minimum=0) for side in sides)
    return before, after


def flag(name: str, value: object, layer: str) -> bool:
    """True or False, and nothing that merely counts as one of them."""
    return checks.flag(layer, name, value)


def fraction(name: str, value: object, layer: str) -> float:
    """A number from 0 to 1."""
    return checks.fraction(layer, name, value)


def activation(value: object, layer: str) -> activations.Activation:
    """An activation function from its name, or a function of tensors."""
    try:
        function = activations.get(value)  # type: ignore[arg-type]
    except (ArgumentError, DataError) as error:
        raise type(error)(f"{layer}: {error}") from error
    if not any(function is known for known in activations.ACTIVATIONS.values()):
        _try_out(function, layer)
    return function


def _try_out(function: activations.Activation, layer: str) -> None:
    """Refuse a function of the user's own that does not work on tensors, before it fails inside a model."""
    x = Graph().add(Input((1, 2), "x"))
    wanted = "must take a tensor and return one of its shape; use the functions of pellucid.activations and arithmetic"
    try:
        y = function(x)
    except Exception as error:
        raise ArgumentError(f"{layer}: activation {wanted}; it failed: {shorter(str(error))}") from error
    if not isinstance(y, Tensor) or y.shape != x.shape:
        raise ArgumentError(f"{layer}: activation {wanted}; it returned {shown(y)}")


def first_values(initializer: object, dtype: object, layer: str) -> object:
    """What makes the values of a weight, with Keras's default: numbers that are kept whole begin with zeros."""
    if initializer is not None:
        return initializer
    return "zeros" if checks.is_kept_whole(layer, dtype, whole_too=True) else "glorot_uniform"


def initializer(value: object, layer: str) -> initializers.Initializer:
    """An initialiser from its name, record, array or function; Keras's default for None, whatever the weight."""
    try:
        return initializers.get(first_values(value, None, layer))  # type: ignore[call-overload]
    except (ArgumentError, DataError) as error:
        raise type(error)(f"{layer}: {error}") from error


def no_loss_here(layer: str, penalty: object) -> str:
    """Why `add_loss` can do nothing outside of `call`, and where what it was given belongs."""
    told = f"{layer}: add_loss is called from call(), where there is a loss to add to"
    if not callable(penalty):
        return told
    return f"{told}; a function of weights is a penalty of theirs, such as kernel_regularizer=lambda kernel: ..."


def regularizer(value: object, layer: str) -> regularizers.Regularizer | None:
    """A penalty from its name, record or function; None for none."""
    try:
        return regularizers.get(value)  # type: ignore[arg-type]
    except (ArgumentError, DataError) as error:
        raise type(error)(f"{layer}: {error}") from error


def sums_penalty(regularizer: regularizers.Regularizer | None, layer: str) -> bool:
    """Whether the penalty of outputs is that of the samples of a batch together, as up to Keras 2, not their mean."""
    if regularizer is not None and legacy.is_old():
        legacy.tell_default(f"{layer}: activity_regularizer", "summed over the batch", "averaged")
    return legacy.is_old()


def share(output: Tensor, sums_penalty: bool) -> float:
    """What the penalty of an output is multiplied by."""
    return 1.0 if sums_penalty else 1.0 / output.shape[0]


def constraint(value: object, layer: str) -> constraints.Constraint | None:
    """A projection from its name, record or function; None for none."""
    try:
        return constraints.get(value)  # type: ignore[arg-type]
    except (ArgumentError, DataError) as error:
        raise type(error)(f"{layer}: {error}") from error


def one_of(name: str, value: object, known: Sequence[str], layer: str) -> str:
    """A word of a closed set."""
    return checks.word(layer, name, value, known)


def in_any_case(name: str, value: object, known: Sequence[str], layer: str) -> str:
    """A word of a closed set, which Keras takes in small letters and capitals: "SAME" is "same"."""
    word = value.lower() if isinstance(value, str) else None
    return one_of(name, word if word in known else value, known, layer)


def dtype_policy(value: object, layer: str) -> str:
    """What products are made of; None means the process's default (see `config.set_dtype_policy`)."""
    try:
        return config.policy_name(value)
    except (ArgumentError, DataError) as error:
        raise type(error)(f"{layer}: {error}") from None


def data_format(value: str | None, layer: str) -> str:
    """Where the channels stand; None means the process's default (see `config.image_data_format`)."""
    given = value if value is not None else config.image_data_format()
    return in_any_case("data_format", given, config.DATA_FORMATS, layer)


def image_shape(shape: SymbolicShape, rank: int, layer: str, data_format: str) -> tuple[tuple[int | None, ...], int]:
    """Check an input with `rank` spatial axes and channels; returns (spatial sizes, None where open) and channels.

    Axes before the spatial ones (and the channels, where these come first) all count as batch.
    """
    try:
        check_axes(shape if isinstance(shape, tuple) else (), rank, data_format)
    except ShapeError as error:
        raise ShapeError(f"{layer}: {error}") from None
    last = data_format == "channels_last"
    spatial, channels = (shape[-rank - 1 : -1], shape[-1]) if last else (shape[-rank:], shape[-rank - 1])
    if channels is None:
        raise ShapeError(f"{layer}: the number of channels must be known, got {shape}; name it in Input")
    return spatial, channels


def for_others(label: str, wanted: int, kind: str, found: int, axis: int) -> ShapeError:
    """The error for an input that has another number of channels or features than a layer's weights are for."""
    return ShapeError(
        f"{label} has weights for {wanted} input {kind}, got {found}; such an input is incompatible with the layer "
        f"(expected axis {axis} of input shape to have value {wanted}): use another layer, with weights of its own"
    )


def layer_name(name: str) -> str:
    """Return a layer name that can stand in files and messages; raise `ArgumentError` otherwise.

    In a script that is run as it stands "_" stands for the "/" that Keras 1 and 2 took.
    """
    if isinstance(name, str) and "/" in name and legacy.are_collected():
        warn("names of layers have '_' where the script says '/', which Keras 3 does not take; both words find them")
        name = name.replace("/", "_")
    if not is_name(name):
        kind = ArgumentError if isinstance(name, str) else ArgumentTypeError
        raise kind(f"a name takes {NAME_RULE}; got {shown(name)}")
    return str(name)


def sample_shape(shape: Sequence[int | None], layer: str) -> SymbolicShape:
    """Check the shape of one sample, as given to `Input` or `input_shape=`."""
    if isinstance(shape, int | np.integer):
        raise ArgumentError(
            f"{layer}: a shape is a tuple such as (28, 28, 1), got {shown(shape)}; write ({shown(shape)},)"
        )
    if not isinstance(shape, Sequence) or isinstance(shape, str):
        raise ArgumentError(f"{layer}: a shape is a tuple such as (28, 28, 1), got {shown(shape)}")
    return tuple(None if size is None else whole_number("a size of the shape", size, layer) for size in shape)
